/// What a template is rendered with.
package enum MustacheValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case string(String)
    /// A number as it is to be written.
    case number(String, isZero: Bool)
    case list([MustacheValue])
    case object([String: MustacheValue])
}

extension MustacheValue {
    /// Whether a section of it is left out: null, false, zero, an empty text or list.
    var isFalsey: Bool {
        switch self {
        case .null: true
        case .bool(let isTrue): !isTrue
        case .string(let text): text.isEmpty
        case .number(_, let isZero): isZero
        case .list(let items): items.isEmpty
        case .object: false
        }
    }

    /// What a variable of it is replaced with.
    var text: String {
        switch self {
        case .string(let text): text
        case .number(let text, _): text
        case .bool(let isTrue): isTrue ? "true" : "false"
        case .null, .list, .object: ""
        }
    }
}
