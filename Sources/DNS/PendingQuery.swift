internal import Locks

/// A question that somebody waits for an answer to: whoever finishes it first answers it.
final class PendingQuery: Sendable {
    let name: DomainName
    let type: RecordType

    private enum State: Sendable {
        case new, waiting(CheckedContinuation<Answer, Never>), finished(Answer)
    }
    private let state = Mutex(State.new)

    init(name: DomainName, type: RecordType) {
        self.name = name
        self.type = type
    }

    var isFinished: Bool { state.withLock { if case .finished = $0 { true } else { false } } }

    func wait(_ continuation: CheckedContinuation<Answer, Never>) {
        let answer: Answer? = state.withLock { state in
            if case .finished(let answer) = state { return answer }
            state = .waiting(continuation)
            return nil
        }
        if let answer { continuation.resume(returning: answer) }
    }

    func finish(_ answer: Answer) {
        let continuation: CheckedContinuation<Answer, Never>? = state.withLock { state in
            switch state {
            case .finished: return nil
            case .new:
                state = .finished(answer)
                return nil
            case .waiting(let continuation):
                state = .finished(answer)
                return continuation
            }
        }
        continuation?.resume(returning: answer)
    }
}

/// How tasks talk to the thread that c-ares works on: a locked list, and an eventfd that wakes it.
final class QueryMailbox: Sendable {
    /// Closed with the last reference to the mailbox, which the thread holds, too.
    let wakeup: EventDescriptor
    private struct State {
        var queries: [PendingQuery] = []
        var isClosed = false
    }
    private let state = Mutex(State())

    init(wakeup: consuming EventDescriptor) { self.wakeup = wakeup }

    func send(_ query: PendingQuery) {
        let isTaken = state.withLock { state in
            guard !state.isClosed else { return false }
            state.queries.append(query)
            return true
        }
        if isTaken { wakeup.signal() } else { query.finish(Answer(.failed(.cancelled))) }
    }

    func close() {
        state.withLock { $0.isClosed = true }
        wakeup.signal()
    }

    /// What has come in since the last time; `nil` once the mailbox is closed. Then nobody waits any more: whoever asks holds
    /// the resolver.
    func take() -> [PendingQuery]? {
        state.withLock { state in
            guard !state.isClosed else { return nil }
            let queries = state.queries
            state.queries = []
            return queries
        }
    }
}
