/// What is wrong with a JSON text or a value.
///
/// Values of the text are not repeated in it, so that it may be logged.
package struct JSONError: Error, Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case syntax, duplicateKey, tooLarge, tooDeep, typeMismatch, missingKey, missingValue, invalidValue
    }
    package var kind: Kind
    /// JSON path such as `$.schedule.at`, `$.exclude[0]` or `$.variables["Guest Name"]`.
    package var path: String
    /// Where in the decoded text, both counted from 1, columns in Unicode scalars; `nil` when encoding.
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

    init(kind: Kind, path: String, position: JSONText.Position, message: String) {
        self.init(kind: kind, path: path, line: position.line, column: position.column, message: message)
    }
}

extension JSONError: CustomStringConvertible {
    package var description: String {
        let place = path == "$" ? "" : "\(path): "
        return if let line, let column {
            "line \(line), column \(column): \(place)\(message)"
        } else {
            place + message
        }
    }
}
