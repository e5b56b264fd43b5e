internal import CJansson

/// A reference to a `json_t`, released when this is.
final class OwnedNode {
    let node: JSONNode

    /// Takes over the reference that a C function has just returned; these return none only when memory is out.
    init(takingOwnership pointer: UnsafeMutablePointer<json_t>?) {
        guard let pointer else { fatalError("out of memory") }
        node = JSONNode(pointer: pointer)
    }

    deinit { json_decref(node.pointer) }

    /// The corresponding C function is `json_object_setn_new_nocheck`.
    func setMember(_ key: String, to value: OwnedNode) {
        var key = key
        let result = key.withUTF8 { key in
            key.withMemoryRebound(to: CChar.self) {
                json_object_setn_new_nocheck(
                    node.pointer, $0.baseAddress, $0.count, json_incref(value.node.pointer))
            }
        }
        if result != 0 { fatalError("out of memory") }
    }

    /// The corresponding C function is `json_array_append_new`.
    func append(_ value: OwnedNode) {
        if json_array_append_new(node.pointer, json_incref(value.node.pointer)) != 0 {
            fatalError("out of memory")
        }
    }

    /// The corresponding C function is `json_array_set_new`.
    func setElement(_ index: Int, to value: OwnedNode) {
        if json_array_set_new(node.pointer, index, json_incref(value.node.pointer)) != 0 {
            fatalError("out of memory")
        }
    }

    static func null() -> OwnedNode { OwnedNode(takingOwnership: json_null()) }
    static func array() -> OwnedNode { OwnedNode(takingOwnership: json_array()) }
    static func object() -> OwnedNode { OwnedNode(takingOwnership: json_object()) }

    static func string(_ text: String) -> OwnedNode {
        var text = text
        return text.withUTF8 { utf8 in
            utf8.withMemoryRebound(to: CChar.self) { utf8 in
                // An empty string may have no address, which jansson takes for an error.
                utf8.isEmpty
                    ? OwnedNode(takingOwnership: json_string_nocheck(""))
                    : OwnedNode(takingOwnership: json_stringn_nocheck(utf8.baseAddress, utf8.count))
            }
        }
    }

    /// A value of a type that JSON itself has; `nil` for every other type.
    static func primitive<Value: Encodable>(
        _ value: Value, path: @autoclosure () -> CodingPath
    ) throws -> OwnedNode? {
        func double(_ value: Double) throws -> OwnedNode {
            guard value.isFinite else { throw invalid(value, "JSON has no number for \(value)") }
            return OwnedNode(takingOwnership: json_real(value))
        }
        func integer(_ value: some FixedWidthInteger) throws -> OwnedNode {
            guard let value = json_int_t(exactly: value) else {
                throw invalid(value, "the integer does not fit in 64 bits signed")
            }
            return OwnedNode(takingOwnership: json_integer(value))
        }
        func invalid(_ value: Any, _ reason: String) -> EncodingError {
            .invalidValue(value, .init(codingPath: path().keys, debugDescription: reason))
        }
        // Casts from a type to itself, as the comparison before each has shown; `as?` takes far longer.
        func cast<Primitive>(to type: Primitive.Type) -> Primitive { unsafeBitCast(value, to: type) }
        let type = Value.self
        if type == String.self { return string(cast(to: String.self)) }
        if type == Int.self { return try integer(cast(to: Int.self)) }
        if type == Bool.self {
            return OwnedNode(takingOwnership: cast(to: Bool.self) ? json_true() : json_false())
        }
        if type == Double.self { return try double(cast(to: Double.self)) }
        if type == Float.self { return try double(Double(cast(to: Float.self))) }
        if let value = value as? any FixedWidthInteger { return try integer(value) }
        return nil
    }
}
