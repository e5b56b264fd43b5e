/// Decodes values from JSON text (RFC 8259) by way of jansson.
package struct JSONDecoder: Sendable {
    /// Bounds on hostile input.
    package struct Limits: Sendable {
        package var bytes: Int
        package var depth: Int
        package init(bytes: Int = 16 << 20, depth: Int = 64) {
            self.bytes = bytes
            self.depth = depth
        }
    }
    package var limits: Limits
    package init(limits: Limits = Limits()) { self.limits = limits }

    package func decode<Value: Decodable>(_ type: Value.Type, from text: [UInt8]) throws(JSONError) -> Value {
        fatalError("stub")
    }
}

/// Encodes values as JSON text by way of jansson.
package struct JSONEncoder: Sendable {
    package var sortsKeys: Bool
    package var isPretty: Bool
    package init(sortsKeys: Bool = false, isPretty: Bool = false) {
        self.sortsKeys = sortsKeys
        self.isPretty = isPretty
    }
    package func encode<Value: Encodable>(_ value: Value) throws(JSONError) -> [UInt8] { fatalError("stub") }

    /// Appends `utf8` as a JSON string literal, quotes included: the fast path for text written line by line.
    package static func appendLiteral(utf8: UnsafeRawBufferPointer, to output: inout [UInt8]) {
        fatalError("stub")
    }
}

/// Any JSON value, for text whose shape is not known beforehand.
package enum JSONValue: Sendable, Equatable, Codable {
    case null
    case bool(Bool)
    case integer(Int64)
    case double(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    package init(from decoder: any Decoder) throws { fatalError("stub") }
    package func encode(to encoder: any Encoder) throws { fatalError("stub") }

    /// The member of that name, `nil` if this is no object or has none.
    package subscript(key: String) -> JSONValue? {
        if case .object(let members) = self { members[key] } else { nil }
    }
}

/// What is wrong with a JSON text or a value.
package struct JSONError: Error, Sendable {
    package enum Kind: Sendable, Equatable {
        case syntax, duplicateKey, tooLarge, tooDeep, typeMismatch, missingKey, missingValue, invalidValue
    }
    package var kind: Kind
    /// JSON path such as `$.schedule.at` or `$.exclude[0]`.
    package var path: String
    /// Position of a syntax error, both counted from 1.
    package var line: Int?
    package var column: Int?
    package var message: String

    package init(kind: Kind, path: String, line: Int? = nil, column: Int? = nil, message: String) {
        self.kind = kind
        self.path = path
        self.line = line
        self.column = column
        self.message = message
    }
}
