internal import Locks

/// Keeps credentials until shortly before they expire; however many ask, one refresh runs at a time.
package final class CachedCredentials: CredentialsProvider {
    /// A refresh begins this long before the keys expire.
    private static let refreshWindow: Int64 = 5 * 60
    /// After a failed refresh, keys that are still valid serve this long before the next try, in seconds.
    private static let pauseAfterFailure: Int64 = 30

    private struct State {
        var current: Credentials?
        var refresh: Task<Result<Credentials, AWSError>, Never>?
        var notBefore = Int64.min
    }

    private let state = Mutex(State())
    private let source: any CredentialsProvider
    private let now: @Sendable () -> Int64

    /// - Parameter now: seconds since 1970.
    package init(_ source: any CredentialsProvider, now: @escaping @Sendable () -> Int64 = systemSeconds) {
        self.source = source
        self.now = now
    }

    package func credentials() async throws(AWSError) -> Credentials {
        let now = now()
        let next: Next = state.withLock { state in
            if let current = state.current, isFresh(current, at: now) || now < state.notBefore {
                return .use(current)
            }
            if let refresh = state.refresh { return .wait(refresh) }
            let refresh = Task { [self] in await refreshed() }
            state.refresh = refresh
            return .wait(refresh)
        }
        switch next {
        case .use(let credentials): return credentials
        case .wait(let refresh): return try await refresh.value.get()
        }
    }

    private enum Next {
        case use(Credentials)
        case wait(Task<Result<Credentials, AWSError>, Never>)
    }

    private func isFresh(_ credentials: Credentials, at now: Int64) -> Bool {
        guard let expiration = credentials.expiration else { return true }
        return expiration - now > Self.refreshWindow
    }

    private func refreshed() async -> Result<Credentials, AWSError> {
        let result: Result<Credentials, AWSError>
        do { result = .success(try await source.credentials()) } catch { result = .failure(error) }
        let now = now()
        return state.withLock { state in
            state.refresh = nil
            switch result {
            case .success(let credentials):
                state.current = credentials
                // An instance's metadata hands out old keys on purpose when it has no new ones.
                state.notBefore = isFresh(credentials, at: now) ? .min : now + Self.pauseAfterFailure
                return result
            case .failure:
                guard let current = state.current, current.expiration ?? .max > now else { return result }
                state.notBefore = min(now + Self.pauseAfterFailure, current.expiration ?? .max)
                return .success(current)
            }
        }
    }
}
