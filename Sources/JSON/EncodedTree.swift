internal import CJansson

/// What one call of `JSONEncoder.encode` builds.
final class EncodedTree {
    let depthLimit: Int
    private(set) var root = OwnedNode(takingOwnership: json_null())
    /// Set where a method that must not throw met an error; the next one that may throws it.
    private var failure: JSONError?

    init(depthLimit: Int) { self.depthLimit = depthLimit }

    func encode<Value: Encodable>(_ value: Value) throws {
        try ValueEncoder(tree: self, place: .root, path: .root, depth: 0).encodeWhole(value)
        try check()
    }

    func check() throws {
        if let failure { throw failure }
    }

    /// A new array or object at `depth`, counted from 1.
    fileprivate func makeContainer(_ node: OwnedNode, depth: Int, path: CodingPath) -> OwnedNode {
        if depth > depthLimit, failure == nil {
            failure = JSONError(
                kind: .tooDeep, path: JSONPath.root,
                message: "more than \(depthLimit) arrays and objects within each other")
        }
        return node
    }

    fileprivate func put(_ node: OwnedNode, at place: Place) {
        switch place {
        case .root: root = node
        case .member(let object, let key): object.setMember(key, to: node)
        case .element(let array, let index): array.setElement(index, to: node)
        }
    }
}

/// Where in the tree a value goes.
private enum Place {
    case root
    case member(of: OwnedNode, key: String)
    /// Taken by a `null` until the value comes.
    case element(of: OwnedNode, index: Int)
}

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
    fileprivate func setMember(_ key: String, to value: OwnedNode) {
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
    fileprivate func append(_ value: OwnedNode) {
        if json_array_append_new(node.pointer, json_incref(value.node.pointer)) != 0 {
            fatalError("out of memory")
        }
    }

    /// The corresponding C function is `json_array_set_new`.
    fileprivate func setElement(_ index: Int, to value: OwnedNode) {
        if json_array_set_new(node.pointer, index, json_incref(value.node.pointer)) != 0 {
            fatalError("out of memory")
        }
    }

    fileprivate static func null() -> OwnedNode { OwnedNode(takingOwnership: json_null()) }

    fileprivate static func string(_ text: String) -> OwnedNode {
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
    fileprivate static func primitive<Value: Encodable>(
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

/// Encodes one value into its place, and is its single-value container too.
private final class ValueEncoder: Encoder, SingleValueEncodingContainer {
    private let tree: EncodedTree
    private let place: Place
    private let path: CodingPath
    private let depth: Int
    /// What has been put in the place.
    private var current: OwnedNode?

    init(tree: EncodedTree, place: Place, path: CodingPath, depth: Int) {
        self.tree = tree
        self.place = place
        self.path = path
        self.depth = depth
    }

    var codingPath: [any CodingKey] { path.keys }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// Encodes the value, as an empty object if it encodes nothing.
    func encodeWhole<Value: Encodable>(_ value: Value) throws {
        try encode(value)
        if current == nil { put(OwnedNode(takingOwnership: json_object())) }
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        let object = container(json_object, where: \.isObject)
        return KeyedEncodingContainer(KeyedEncoder(tree: tree, object: object, path: path, depth: depth + 1))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        let array = container(json_array, where: \.isArray)
        return UnkeyedEncoder(tree: tree, array: array, path: path, depth: depth + 1)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    func encodeNil() { put(.null()) }

    func encode<Value: Encodable>(_ value: Value) throws {
        try tree.check()
        if let primitive = try OwnedNode.primitive(value, path: path) {
            put(primitive)
        } else {
            try value.encode(to: self)
        }
    }

    /// The container begun here before, as where a subclass and its superclass encode into one, or a new one.
    private func container(
        _ make: () -> UnsafeMutablePointer<json_t>?, where isSuitable: (JSONNode) -> Bool
    ) -> OwnedNode {
        if let current, isSuitable(current.node) { return current }
        precondition(current == nil, "a value encodes itself as two different kinds of JSON")
        let node = tree.makeContainer(OwnedNode(takingOwnership: make()), depth: depth + 1, path: path)
        put(node)
        return node
    }

    private func put(_ node: OwnedNode) {
        current = node
        tree.put(node, at: place)
    }
}

private struct KeyedEncoder<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let tree: EncodedTree
    let object: OwnedNode
    let path: CodingPath
    let depth: Int

    var codingPath: [any CodingKey] { path.keys }

    func encodeNil(forKey key: Key) { object.setMember(key.stringValue, to: .null()) }

    func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
        if let primitive = try OwnedNode.primitive(value, path: path.appending(key)) {
            object.setMember(key.stringValue, to: primitive)
        } else {
            try encoder(key).encodeWhole(value)
        }
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) -> KeyedEncodingContainer<NestedKey> {
        encoder(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        encoder(key).unkeyedContainer()
    }
    func superEncoder() -> any Encoder { encoder(SuperKey()) }
    func superEncoder(forKey key: Key) -> any Encoder { encoder(key) }

    private func encoder(_ key: some CodingKey) -> ValueEncoder {
        ValueEncoder(
            tree: tree, place: .member(of: object, key: key.stringValue), path: path.appending(key),
            depth: depth)
    }
}

private struct UnkeyedEncoder: UnkeyedEncodingContainer {
    let tree: EncodedTree
    let array: OwnedNode
    let path: CodingPath
    let depth: Int

    var codingPath: [any CodingKey] { path.keys }
    var count: Int { array.node.elementCount }

    func encodeNil() { array.append(.null()) }

    func encode<Value: Encodable>(_ value: Value) throws {
        if let primitive = try OwnedNode.primitive(value, path: path.appending(IndexKey(count))) {
            array.append(primitive)
        } else {
            try encoder().encodeWhole(value)
        }
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type
    ) -> KeyedEncodingContainer<NestedKey> {
        encoder().container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { encoder().unkeyedContainer() }
    func superEncoder() -> any Encoder { encoder() }

    private func encoder() -> ValueEncoder {
        let index = count
        array.append(.null())
        return ValueEncoder(
            tree: tree, place: .element(of: array, index: index), path: path.appending(IndexKey(index)),
            depth: depth)
    }
}
