internal import Digests

/// A value of an attribute in DynamoDB (DynamoDB API Reference, "AttributeValue").
package enum AttributeValue: Sendable, Hashable {
    case string(String)
    /// Decimal digits, as DynamoDB keeps them: up to 38.
    case number(String)
    case binary([UInt8])
    case bool(Bool)
    case null
    case list([AttributeValue])
    case map([String: AttributeValue])
    case stringSet([String])
    case numberSet([String])
    case binarySet([[UInt8]])

    package static func integer(_ value: some BinaryInteger) -> AttributeValue { .number("\(value)") }

    package static func double(_ value: Double) -> AttributeValue { .number("\(value)") }

    /// The text of a string, else `nil`.
    package var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The value of a whole number that fits, else `nil`.
    package var integer: Int64? {
        if case .number(let digits) = self { Int64(digits) } else { nil }
    }

    /// The value of a number, as near as may be, else `nil`.
    package var double: Double? {
        if case .number(let digits) = self { Double(digits) } else { nil }
    }

    package var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    package var binary: [UInt8]? {
        if case .binary(let bytes) = self { bytes } else { nil }
    }

    package var list: [AttributeValue]? {
        if case .list(let elements) = self { elements } else { nil }
    }

    package var map: [String: AttributeValue]? {
        if case .map(let members) = self { members } else { nil }
    }
}

extension AttributeValue: Codable {
    private enum Kind: String, CodingKey {
        case string = "S"
        case number = "N"
        case binary = "B"
        case bool = "BOOL"
        case null = "NULL"
        case list = "L"
        case map = "M"
        case stringSet = "SS"
        case numberSet = "NS"
        case binarySet = "BS"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Kind.self)
        guard let kind = container.allKeys.first, container.allKeys.count == 1 else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "no attribute value of a known type"))
        }
        func bytes(_ text: String) throws -> [UInt8] {
            guard let bytes = Base64.decode(text) else {
                throw DecodingError.dataCorruptedError(
                    forKey: kind, in: container, debugDescription: "no Base64")
            }
            return bytes
        }
        switch kind {
        case .string: self = .string(try container.decode(String.self, forKey: kind))
        case .number: self = .number(try container.decode(String.self, forKey: kind))
        case .binary: self = .binary(try bytes(container.decode(String.self, forKey: kind)))
        case .bool: self = .bool(try container.decode(Bool.self, forKey: kind))
        case .null: self = .null
        case .list: self = .list(try container.decode([AttributeValue].self, forKey: kind))
        case .map: self = .map(try container.decode([String: AttributeValue].self, forKey: kind))
        case .stringSet: self = .stringSet(try container.decode([String].self, forKey: kind))
        case .numberSet: self = .numberSet(try container.decode([String].self, forKey: kind))
        case .binarySet: self = .binarySet(try container.decode([String].self, forKey: kind).map(bytes))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Kind.self)
        switch self {
        case .string(let text): try container.encode(text, forKey: .string)
        case .number(let digits): try container.encode(digits, forKey: .number)
        case .binary(let bytes): try container.encode(Base64.encode(bytes), forKey: .binary)
        case .bool(let value): try container.encode(value, forKey: .bool)
        case .null: try container.encode(true, forKey: .null)
        case .list(let elements): try container.encode(elements, forKey: .list)
        case .map(let members): try container.encode(members, forKey: .map)
        case .stringSet(let texts): try container.encode(texts, forKey: .stringSet)
        case .numberSet(let numbers): try container.encode(numbers, forKey: .numberSet)
        case .binarySet(let parts): try container.encode(parts.map(Base64.encode), forKey: .binarySet)
        }
    }
}
