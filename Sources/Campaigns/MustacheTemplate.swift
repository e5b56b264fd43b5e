/// A Mustache template (mustache(5); the specification's core modules and partials), compiled once and rendered many times.
package struct MustacheTemplate: Sendable {
    /// How `{{name}}` is written out; `{{{name}}}` and `{{&name}}` are written as they are.
    package enum Escaping: Sendable { case html, none }

    /// A name that the template looks up at its top level.
    package struct Variable: Sendable, Hashable {
        package var name: String
        /// Where it stands first; both counted from 1.
        package var line: Int
        package var column: Int
    }

    /// - Parameter file: what messages call the template.
    /// - Throws: a ``Problem`` with line and column of what is wrong.
    package init(
        _ source: String, file: String, escaping: Escaping, partials: [String: String] = [:]
    ) throws(Problem) { fatalError("stub") }

    /// Names that are looked up outside of any section that could supply them, each once, in order of appearance.
    package var variables: [Variable] { fatalError("stub") }

    package func render(_ context: MustacheValue) -> String { fatalError("stub") }
}

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
