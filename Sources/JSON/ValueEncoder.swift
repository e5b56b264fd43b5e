/// Encodes one value into its place, and is its single-value container too.
final class ValueEncoder: Encoder, SingleValueEncodingContainer {
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
        if current == nil { put(.object()) }
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        let object = container(OwnedNode.object, where: \.isObject)
        return KeyedEncodingContainer(KeyedEncoder(tree: tree, object: object, path: path, depth: depth + 1))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        let array = container(OwnedNode.array, where: \.isArray)
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
    private func container(_ make: () -> OwnedNode, where isSuitable: (JSONNode) -> Bool) -> OwnedNode {
        if let current, isSuitable(current.node) { return current }
        precondition(current == nil, "a value encodes itself as two different kinds of JSON")
        tree.enter(depth: depth + 1)
        let node = make()
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
