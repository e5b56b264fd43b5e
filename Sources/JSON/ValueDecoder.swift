/// Decodes one value of a document, and is its single-value container too.
struct ValueDecoder: Decoder, SingleValueDecodingContainer {
    let document: JSONDocument
    let node: JSONNode
    let path: CodingPath

    var codingPath: [any CodingKey] { path.keys }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard node.isObject else { throw mismatch([String: JSONValue].self, "an object") }
        return KeyedDecodingContainer(KeyedValues(document: document, object: node, path: path))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard node.isArray else { throw mismatch([JSONValue].self, "an array") }
        return UnkeyedValues(document: document, array: node, path: path)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    func decodeNil() -> Bool { node.isNull }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try node.decode(type, in: document, path: path)
    }

    private func mismatch(_ type: Any.Type, _ expected: String) -> DecodingError {
        .mismatch(type, expected, found: node, path: path)
    }
}

private struct KeyedValues<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let document: JSONDocument
    let object: JSONNode
    let path: CodingPath

    var codingPath: [any CodingKey] { path.keys }
    var allKeys: [Key] {
        object.members.compactMap { Key(stringValue: String(decoding: $0.key, as: UTF8.self)) }
    }

    func contains(_ key: Key) -> Bool { object.member(key.stringValue) != nil }

    func decodeNil(forKey key: Key) throws -> Bool { try member(key).isNull }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try value(type, of: try member(key), key)
    }

    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        guard let node = object.member(key.stringValue), !node.isNull else { return nil }
        return try value(type, of: node, key)
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try decoder(for: try member(key), key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try decoder(for: try member(key), key).unkeyedContainer()
    }

    func superDecoder() -> any Decoder { superDecoder(for: SuperKey()) }
    func superDecoder(forKey key: Key) -> any Decoder { superDecoder(for: key) }

    private func superDecoder(for key: some CodingKey) -> any Decoder {
        decoder(for: object.member(key.stringValue) ?? .null, key)
    }

    private func value<Value: Decodable>(_ type: Value.Type, of node: JSONNode, _ key: Key) throws -> Value {
        try node.decode(type, in: document, path: path.appending(key))
    }

    private func decoder(for node: JSONNode, _ key: some CodingKey) -> ValueDecoder {
        ValueDecoder(document: document, node: node, path: path.appending(key))
    }

    private func member(_ key: Key) throws -> JSONNode {
        if let node = object.member(key.stringValue) { return node }
        throw DecodingError.keyNotFound(
            key, .init(codingPath: codingPath, debugDescription: "missing key \(key.stringValue)"))
    }
}

private struct UnkeyedValues: UnkeyedDecodingContainer {
    let document: JSONDocument
    let array: JSONNode
    let path: CodingPath
    let elementCount: Int
    var currentIndex = 0

    init(document: JSONDocument, array: JSONNode, path: CodingPath) {
        self.document = document
        self.array = array
        self.path = path
        elementCount = array.elementCount
    }

    var codingPath: [any CodingKey] { path.keys }
    var count: Int? { elementCount }
    var isAtEnd: Bool { currentIndex >= elementCount }

    mutating func decodeNil() throws -> Bool {
        guard try element().isNull else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let value = try element().decode(type, in: document, path: path.appending(IndexKey(currentIndex)))
        currentIndex += 1
        return value
    }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type
    ) throws -> KeyedDecodingContainer<NestedKey> {
        let container = try decoder(for: try element()).container(keyedBy: type)
        currentIndex += 1
        return container
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        let container = try decoder(for: try element()).unkeyedContainer()
        currentIndex += 1
        return container
    }

    mutating func superDecoder() throws -> any Decoder {
        let decoder = decoder(for: try element())
        currentIndex += 1
        return decoder
    }

    private func decoder(for node: JSONNode) -> ValueDecoder {
        ValueDecoder(document: document, node: node, path: path.appending(IndexKey(currentIndex)))
    }

    private func element() throws -> JSONNode {
        if let node = array.element(currentIndex) { return node }
        throw DecodingError.valueNotFound(
            JSONValue.self,
            .init(
                codingPath: path.appending(IndexKey(currentIndex)).keys,
                debugDescription: "the array has only \(elementCount) elements"))
    }
}

extension JSONNode {
    /// Reads the types that JSON itself has as they are, and hands a decoder to every other type.
    ///
    /// - Parameter path: built only when it is needed.
    fileprivate func decode<Value: Decodable>(
        _ type: Value.Type, in document: JSONDocument, path: @autoclosure () -> CodingPath
    ) throws -> Value {
        // The casts are from a type to itself, as the comparison before each has shown; `as?` takes far longer.
        func integer<Integer: FixedWidthInteger>(_ type: Integer.Type) throws -> Value {
            if let value = self.integer(type) { return unsafeBitCast(value, to: Value.self) }
            guard double != nil else { throw mismatch("an integer") }
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: path().keys, debugDescription: "expected an integer that fits in \(type)"))
        }
        func mismatch(_ expected: String) -> DecodingError {
            .mismatch(type, expected, found: self, path: path())
        }
        if type == String.self {
            guard let string else { throw mismatch("a string") }
            return unsafeBitCast(string, to: Value.self)
        }
        if type == Int.self { return try integer(Int.self) }
        if type == Bool.self {
            guard let bool else { throw mismatch("true or false") }
            return unsafeBitCast(bool, to: Value.self)
        }
        if type == Double.self {
            guard let double else { throw mismatch("a number") }
            return unsafeBitCast(double, to: Value.self)
        }
        if type == Float.self {
            guard let double else { throw mismatch("a number") }
            return unsafeBitCast(Float(double), to: Value.self)
        }
        if type == Int64.self { return try integer(Int64.self) }
        if type == UInt64.self { return try integer(UInt64.self) }
        if type == Int32.self { return try integer(Int32.self) }
        if type == UInt32.self { return try integer(UInt32.self) }
        if type == UInt.self { return try integer(UInt.self) }
        if type == Int16.self { return try integer(Int16.self) }
        if type == UInt16.self { return try integer(UInt16.self) }
        if type == Int8.self { return try integer(Int8.self) }
        if type == UInt8.self { return try integer(UInt8.self) }

        let decoder = ValueDecoder(document: document, node: self, path: path())
        do {
            return try Value(from: decoder)
        } catch let error as DecodingError {
            throw error
        } catch {
            // Here the path is known best.
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "\(error)", underlyingError: error))
        }
    }
}

extension DecodingError {
    fileprivate static func mismatch(
        _ type: Any.Type, _ expected: String, found node: JSONNode, path: CodingPath
    ) -> DecodingError {
        if node.isNull {
            return .valueNotFound(
                type, .init(codingPath: path.keys, debugDescription: "expected \(expected), found null"))
        }
        return .typeMismatch(
            type, .init(codingPath: path.keys, debugDescription: "expected \(expected), found \(node.name)"))
    }
}
