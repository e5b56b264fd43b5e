/// Any JSON value, for text whose shape is not known beforehand.
package enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int64)
    case double(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// The member of that name, `nil` if this is no object or has none.
    package subscript(key: String) -> JSONValue? {
        if case .object(let members) = self { members[key] } else { nil }
    }
}

extension JSONValue: Codable {
    /// Decodes from JSON text only: other decoders do not tell which types they hold.
    package init(from decoder: any Decoder) throws {
        guard let decoder = decoder as? ValueDecoder else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "a JSONValue comes from a JSONDecoder only"))
        }
        self.init(decoder.node)
    }

    /// Recurses no deeper than the depth limit that the document has passed.
    private init(_ node: JSONNode) {
        switch node.content {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = .integer(value)
        case .double(let value): self = .double(value)
        case .string(let utf8): self = .string(String(decoding: utf8, as: UTF8.self))
        case .array:
            self = .array((0..<node.elementCount).compactMap { node.element($0).map { JSONValue($0) } })
        case .object:
            var members = [String: JSONValue](minimumCapacity: node.memberCount)
            for (key, value) in node.members {
                members[String(decoding: key, as: UTF8.self)] = JSONValue(value)
            }
            self = .object(members)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .double(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let elements): try container.encode(elements)
        case .object(let members): try container.encode(members)
        }
    }
}
