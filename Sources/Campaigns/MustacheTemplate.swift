/// A Mustache template (mustache(5); the specification's core modules and partials), compiled once and rendered many times.
///
/// A template that compiles always renders: what could go wrong is refused before. Lambdas, dynamic names and
/// inheritance are not offered.
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

    /// The longest template or partial: far above any mail that a mailbox shows (Gmail cuts at 102 KB).
    package static let maximumBytes = 1 << 20

    /// Names that a row must supply, each once, in order of appearance: variables and sections, in sections too, since
    /// a row's values are texts and a section of text supplies no names; of `a.b` it is `a`.
    package let variables: [Variable]

    let code: MustacheCode

    /// - Parameter file: what messages call the template.
    /// - Throws: a ``Problem`` with line and column of what is wrong; a partial that is not in `partials` or that
    ///   includes itself is refused.
    package init(
        _ source: String, file: String, escaping: Escaping, partials: [String: String] = [:]
    ) throws(Problem) {
        try self.init(source, file: file, escaping: escaping, partials: partials, policy: .strict)
    }

    /// How partials are treated that are missing or include themselves.
    enum PartialPolicy {
        /// Refused: in a mail the one would be a hole, and over a row of texts the other could never end.
        case strict
        /// As the specification says: nothing, and for as deep as the data goes.
        case specification
    }

    init(
        _ source: String, file: String, escaping: Escaping, partials: [String: String], policy: PartialPolicy
    ) throws(Problem) {
        var compiler = MustacheCompiler(escaping: escaping, partials: partials, policy: policy)
        code = try compiler.compile(source, file: file)
        variables = compiler.variables
    }

    /// Renders with values of any shape.
    package func render(_ context: MustacheValue) -> String {
        var output: [UInt8] = []
        output.reserveCapacity(code.expectedBytes)
        code.render(context, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    /// Prepares for many rows of the same columns: names are looked up now, not for each row.
    ///
    /// - Parameter columns: the names of a row's values, in order; of two that are alike the first counts.
    package func bound(to columns: [String]) -> RowTemplate {
        RowTemplate(code: code, columns: columns)
    }
}

/// A template whose names are bound to the places of a row's values.
package struct RowTemplate: Sendable {
    private let code: MustacheCode
    /// Of each name of the template, the place of its value in a row.
    private let places: [Int?]

    init(code: MustacheCode, columns: [String]) {
        self.code = code
        let places = Dictionary(columns.enumerated().map { ($1, $0) }) { first, _ in first }
        self.places = code.names.map { $0.first.flatMap { places[$0] } }
    }

    /// Renders a row. A value is data: what looks like a tag in it is not one. A value that the row lacks is empty.
    package func render(_ values: [String]) -> String {
        var output: [UInt8] = []
        output.reserveCapacity(code.expectedBytes)
        render(values, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    /// Appends a rendered row, in UTF-8.
    package func render(_ values: [String], to output: inout [UInt8]) {
        code.render(Row(values: values, places: places), to: &output)
    }

    private struct Row: MustacheRoot {
        let values: [String]
        let places: [Int?]

        func value(of name: Int, named _: String) -> MustacheValue? {
            guard let place = places[name], place < values.count else { return nil }
            return .string(values[place])
        }
        var whole: MustacheValue? { nil }
    }
}
