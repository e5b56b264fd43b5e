/// Decodes values from JSON text (RFC 8259) by way of jansson.
///
/// Exact where JSON is loose: an integer outside 64 bits signed is an error, never a rounded number; a key that
/// appears twice is an error; a number with a fraction is no integer. A double is the nearest to what is written.
/// Whatever a type's own `init(from:)` throws ends as a `JSONError` with path, line and column too.
package struct JSONDecoder: Sendable {
    package typealias Limits = JSONLimits

    package var limits: Limits
    package init(limits: Limits = Limits()) { self.limits = limits }

    package func decode<Value: Decodable>(_ type: Value.Type, from text: [UInt8]) throws(JSONError) -> Value {
        try text.withUnsafeBufferPointer { (text) throws(JSONError) -> Value in
            try decode(type, from: UnsafeRawBufferPointer(text))
        }
    }

    package func decode<Value: Decodable>(
        _ type: Value.Type, from text: UnsafeRawBufferPointer
    ) throws(JSONError) -> Value {
        let document = try JSONDocument(parsing: text, limits: limits)
        let failure: JSONError
        do {
            return try ValueDecoder(document: document, node: document.root, path: .root).decode(type)
        } catch let error as DecodingError {
            failure = JSONError(error)
        } catch {
            failure = JSONError(kind: .invalidValue, path: JSONPath.root, message: "\(error)")
        }
        let position = JSONText.position(of: failure.path, in: text)
        throw JSONError(kind: failure.kind, path: failure.path, position: position, message: failure.message)
    }
}

extension JSONError {
    fileprivate init(_ error: DecodingError) {
        switch error {
        case .typeMismatch(_, let context):
            self.init(.typeMismatch, context)
        case .valueNotFound(_, let context):
            self.init(.missingValue, context)
        case .keyNotFound(let key, let context):
            self.init(
                kind: .missingKey, path: JSONPath.text(of: context.codingPath + [key]),
                message: "required, but missing")
        case .dataCorrupted(let context):
            self.init(.invalidValue, context)
        @unknown default:
            self.init(kind: .invalidValue, path: JSONPath.root, message: "\(error)")
        }
    }

    private init(_ kind: Kind, _ context: DecodingError.Context) {
        self.init(kind: kind, path: JSONPath.text(of: context.codingPath), message: context.debugDescription)
    }
}
