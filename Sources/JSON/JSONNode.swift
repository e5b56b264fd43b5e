internal import CJansson

/// A value in jansson's tree, borrowed from its owner.
struct JSONNode {
    enum Content {
        case null
        case bool(Bool)
        case integer(Int64)
        case double(Double)
        /// Valid UTF-8.
        case string(UnsafeRawBufferPointer)
        case array
        case object
    }

    let pointer: UnsafeMutablePointer<json_t>

    /// jansson's one `null`, which is never freed.
    static var null: JSONNode {
        guard let null = json_null() else { fatalError("jansson has no null") }
        return JSONNode(pointer: null)
    }

    var content: Content {
        switch cjansson_typeof(pointer) {
        case JSON_NULL: .null
        case JSON_TRUE: .bool(true)
        case JSON_FALSE: .bool(false)
        case JSON_INTEGER: .integer(Int64(json_integer_value(pointer)))
        case JSON_REAL: .double(json_real_value(pointer))
        case JSON_STRING:
            .string(
                UnsafeRawBufferPointer(start: json_string_value(pointer), count: json_string_length(pointer)))
        case JSON_ARRAY: .array
        default: .object
        }
    }

    var isNull: Bool { cjansson_typeof(pointer) == JSON_NULL }
    var isArray: Bool { cjansson_typeof(pointer) == JSON_ARRAY }
    var isObject: Bool { cjansson_typeof(pointer) == JSON_OBJECT }

    /// What this is, for messages.
    var name: String {
        switch content {
        case .null: "null"
        case .bool: "true or false"
        case .integer, .double: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    var bool: Bool? {
        if case .bool(let value) = content { value } else { nil }
    }

    var string: String? {
        if case .string(let utf8) = content { String(decoding: utf8, as: UTF8.self) } else { nil }
    }

    var double: Double? {
        switch content {
        case .double(let value): value
        case .integer(let value): Double(value)
        default: nil
        }
    }

    /// The number if it is exactly an integer of that type: also 5.0 and 5e3, as far as a double counts exactly.
    func integer<Integer: FixedWidthInteger>(_ type: Integer.Type) -> Integer? {
        switch content {
        case .integer(let value): Integer(exactly: value)
        case .double(let value) where value.magnitude <= 0x1p53: Integer(exactly: value)
        default: nil
        }
    }

    /// The corresponding C function is `json_object_getn`.
    func member(_ key: String) -> JSONNode? {
        var key = key
        return key.withUTF8 { key in
            key.withMemoryRebound(to: CChar.self) { json_object_getn(pointer, $0.baseAddress, $0.count) }
        }.map(JSONNode.init)
    }

    var memberCount: Int { json_object_size(pointer) }

    /// An object's members, in the order of the text.
    var members: some Sequence<(key: UnsafeRawBufferPointer, value: JSONNode)> {
        sequence(state: json_object_iter(pointer)) {
            iterator -> (key: UnsafeRawBufferPointer, value: JSONNode)? in
            guard let current = iterator, let value = json_object_iter_value(current) else { return nil }
            iterator = json_object_iter_next(pointer, current)
            let key = UnsafeRawBufferPointer(
                start: json_object_iter_key(current), count: json_object_iter_key_len(current))
            return (key, JSONNode(pointer: value))
        }
    }

    var elementCount: Int { json_array_size(pointer) }

    /// The corresponding C function is `json_array_get`.
    func element(_ index: Int) -> JSONNode? { json_array_get(pointer, index).map(JSONNode.init) }
}
