import Locks

/// Carries a streamed request body from an async source to the loop thread, one chunk at a time.
///
/// The source is asked for the next chunk while libcurl sends the last one: two chunks are held at most.
final class UploadPipe: Sendable {
    /// What the loop thread gets when it asks for bytes.
    enum Supply { case bytes(Int), end, notYet, failed(HTTPError) }

    private struct State {
        var chunk: [UInt8] = []
        var offset = 0
        var supplied: Int64 = 0
        var end: Result<Void, HTTPError>?
        var isTransferPaused = false
        var isClosed = false
        var filler: CheckedContinuation<Void, Never>?
        var task: Task<Void, Never>?
    }

    private let length: Int64?
    private let token: ExchangeToken
    private let state = Mutex(State())

    /// Begins to pull from a streamed body's source, in a task that ends with the exchange; `nil` for other bodies.
    convenience init?(for body: HTTPRequest.Body, token: ExchangeToken) {
        guard case .stream(let length, let next) = body else { return nil }
        self.init(length: length, token: token)
        open(next)
    }

    private init(length: Int64?, token: ExchangeToken) {
        self.length = length
        self.token = token
    }

    private func open(_ next: @escaping @Sendable () async throws -> [UInt8]?) {
        let task = Task { await self.fill(from: next) }
        let isClosed = state.withLock { state in
            state.task = task
            return state.isClosed
        }
        if isClosed { task.cancel() }
    }

    /// Ends the pulling; the source's task is cancelled.
    func close() {
        let (filler, task) = state.withLock { state in
            defer {
                state.filler = nil
                state.task = nil
                state.chunk = []
            }
            state.isClosed = true
            return (state.filler, state.task)
        }
        filler?.resume()
        task?.cancel()
    }

    /// Copies what there is into libcurl's buffer.
    func supply(into buffer: UnsafeMutableRawBufferPointer) -> Supply {
        let (supply, filler): (Supply, CheckedContinuation<Void, Never>?) = state.withLock { state in
            let count = min(state.chunk.count - state.offset, buffer.count)
            if count > 0 {
                state.chunk.withUnsafeBytes {
                    buffer.copyMemory(
                        from: UnsafeRawBufferPointer(rebasing: $0[state.offset..<state.offset + count]))
                }
                state.offset += count
                state.supplied += Int64(count)
                guard state.offset == state.chunk.count else { return (.bytes(count), nil) }
                state.chunk = []
                state.offset = 0
                defer { state.filler = nil }
                return (.bytes(count), state.filler)
            }
            switch state.end {
            case .failure(let error): return (.failed(error), nil)
            case .success:
                guard length == nil || length == state.supplied else {
                    return (.failed(.wrongBodyLength), nil)
                }
                return (.end, nil)
            case nil:
                state.isTransferPaused = true
                return (.notYet, nil)
            }
        }
        filler?.resume()
        return supply
    }

    private func fill(from next: @Sendable () async throws -> [UInt8]?) async {
        var total: Int64 = 0
        while true {
            do {
                guard let chunk = try await next() else { return finish(.success(())) }
                if chunk.isEmpty { continue }
                total += Int64(chunk.count)
                if let length, total > length { return finish(.failure(.wrongBodyLength)) }
                guard await put(chunk) else { return }
            } catch {
                return finish(.failure(.source(error)))
            }
        }
    }

    /// Puts a chunk where the loop finds it, once the last one is gone; `false` where no one wants it any more.
    private func put(_ chunk: [UInt8]) async -> Bool {
        await withCheckedContinuation { continuation in
            let mayGoOn = state.withLock { state in
                if state.isClosed || state.chunk.isEmpty { return true }
                state.filler = continuation
                return false
            }
            if mayGoOn { continuation.resume() }
        }
        let (isOpen, wasPaused) = state.withLock { state in
            guard !state.isClosed else { return (false, false) }
            state.chunk = chunk
            defer { state.isTransferPaused = false }
            return (true, state.isTransferPaused)
        }
        if wasPaused { token.unpause() }
        return isOpen
    }

    private func finish(_ result: Result<Void, HTTPError>) {
        let wasPaused = state.withLock { state in
            state.end = result
            defer { state.isTransferPaused = false }
            return state.isTransferPaused
        }
        if wasPaused { token.unpause() }
    }
}

extension HTTPError {
    fileprivate static let wrongBodyLength = HTTPError(
        kind: .invalidRequest, written: .maybe, curlCode: 0,
        message: "The request body is longer or shorter than the length given for it.")

    fileprivate static func source(_ error: any Error) -> HTTPError {
        HTTPError(
            kind: .other, written: .maybe, curlCode: 0,
            message: "The source of the request body failed.", underlying: error)
    }
}
