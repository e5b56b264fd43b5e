import Locks

/// Carries a response body from the loop thread to one reader, and holds at most ``capacity`` bytes and a bit.
///
/// When it is full the transfer pauses, so the rest stays in the socket and the server waits.
final class BodyChannel: Sendable {
    /// Bytes held before the transfer pauses.
    static let capacity = 256 << 10

    private struct State {
        var bytes: [UInt8] = []
        var isTransferPaused = false
        var end: Result<Void, HTTPError>?
        var reader: CheckedContinuation<Result<[UInt8]?, HTTPError>, Never>?
    }

    private enum Step {
        case deliver([UInt8], unpause: Bool), ended(Result<Void, HTTPError>), wait, refuse
    }

    private let state = Mutex(State())
    private let token: ExchangeToken

    init(token: ExchangeToken) { self.token = token }

    // MARK: The loop's side

    /// Takes bytes off the transfer; `false` where there is no room: pause, they come again.
    func offer(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let reader: CheckedContinuation<Result<[UInt8]?, HTTPError>, Never>?
        let isTaken: Bool
        (reader, isTaken) = state.withLock { state in
            if let reader = state.reader {
                state.reader = nil
                return (reader, true)
            }
            guard state.bytes.count < BodyChannel.capacity else {
                state.isTransferPaused = true
                return (nil, false)
            }
            state.bytes.append(contentsOf: bytes)
            return (nil, true)
        }
        reader?.resume(returning: .success([UInt8](bytes)))
        return isTaken
    }

    func finish(_ result: Result<Void, HTTPError>) {
        let reader = state.withLock { state in
            state.end = result
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume(returning: result.map { nil })
    }

    // MARK: The reader's side

    /// The next bytes, `nil` at the end; a second reader at the same time is refused.
    func next() async throws(HTTPError) -> [UInt8]? {
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let step: Step = state.withLock { state in
                    guard state.reader == nil else { return .refuse }
                    if !state.bytes.isEmpty {
                        defer {
                            state.bytes = []
                            state.isTransferPaused = false
                        }
                        return .deliver(state.bytes, unpause: state.isTransferPaused)
                    }
                    if let end = state.end { return .ended(end) }
                    state.reader = continuation
                    return .wait
                }
                switch step {
                case .deliver(let bytes, let unpause):
                    if unpause { token.unpause() }
                    continuation.resume(returning: .success(bytes))
                case .ended(let end): continuation.resume(returning: end.map { nil })
                case .refuse: continuation.resume(returning: .failure(.secondReader))
                case .wait: break
                }
            }
        } onCancel: {
            token.cancel()
        }
        return try result.get()
    }
}

extension HTTPError {
    static let secondReader = HTTPError(
        kind: .other, written: .maybe, curlCode: 0, message: "A response body has only one reader.")
}
