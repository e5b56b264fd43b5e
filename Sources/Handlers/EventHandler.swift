package import Campaigns

/// Takes one event, answers with one result.
package protocol EventHandler: Sendable {
    /// - Parameters:
    ///   - event: JSON text.
    ///   - context: what the invocation allows.
    /// - Returns: JSON text.
    /// - Throws: a ``Problem`` or ``Problems``: the invocation has failed.
    func handle(_ event: [UInt8], context: EventContext) async throws -> [UInt8]
}

/// What an invocation allows.
package struct EventContext: Sendable {
    /// When it ends; `nil` is never.
    package var deadline: Timestamp?
    /// Names the invocation; stays the same when Lambda tries an asynchronous invocation again.
    package var requestID: String?

    package init(deadline: Timestamp? = nil, requestID: String? = nil) {
        self.deadline = deadline
        self.requestID = requestID
    }
}
