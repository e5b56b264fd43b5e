/// The handlers an executable has, by the name that `_HANDLER` chooses.
package struct HandlerTable: Sendable, ExpressibleByDictionaryLiteral {
    /// Connects a handler to the world; throws what makes the start fail.
    package typealias Factory = @Sendable () async throws -> LambdaRuntime.Handler

    private let factories: [String: Factory]

    package init(dictionaryLiteral elements: (String, Factory)...) {
        factories = Dictionary(elements) { _, last in last }
    }

    /// The known names, sorted.
    package var names: [String] { factories.keys.sorted() }

    /// Makes the handler of that name, the value of `_HANDLER`.
    package func makeHandler(_ name: String?) async throws -> LambdaRuntime.Handler {
        guard let name, let factory = factories[name] else { throw UnknownHandler(name: name, known: names) }
        return try await factory()
    }
}

/// `_HANDLER` names no handler of this executable.
package struct UnknownHandler: LambdaReportable {
    package let name: String?
    package let known: [String]

    package var errorType: String { "Runtime.UnknownHandler" }
    package var errorMessage: String {
        let found = name.map { "There is no handler \"\($0)\"" } ?? "_HANDLER is not set"
        return "\(found): set the function's Handler to one of \(known.joined(separator: ", "))."
    }
}
