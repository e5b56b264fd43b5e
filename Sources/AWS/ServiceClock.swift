internal import HTTP
internal import Locks

/// The time of day by a service's clock, learned from the Date header of its answers (RFC 9110 section 6.6.1).
///
/// Computers that ask the same service agree by it on what time it is, however wrong their own clocks are.
package final class ServiceClock: Sendable {
    private static let millisecondsPerSecond: Int64 = 1000

    private let local: @Sendable () -> Int64
    /// Milliseconds that the service's clock is ahead.
    private let offset = Mutex<Int64>(0)

    /// - Parameter local: milliseconds since 1970 by this computer's clock.
    package init(local: @escaping @Sendable () -> Int64) { self.local = local }

    /// Milliseconds since 1970; by this computer's clock until the first answer.
    package func milliseconds() -> Int64 { local() + offset.withLock { $0 } }

    /// This computer's clock: what ``learn(from:sent:)`` asks for.
    func localMilliseconds() -> Int64 { local() }

    /// Takes in the answer to a request that was sent at `sent`, by this computer's clock.
    ///
    /// The service has written its date, whose fraction is cut off, between request and answer. That leaves a span of offsets
    /// which could be: one that lies in it stays as it is, so that a slow answer or a nearly right clock moves nothing.
    func learn(from headers: HTTPHeaders, sent: Int64) {
        let received = local()
        // Only the service itself knows its requests by an id, and a stored answer tells when it was stored.
        guard headers["x-amzn-requestid"] != nil, headers["age"] == nil, sent <= received,
            let date = headers["date"], let seconds = CivilTime.secondsSince1970(httpDate: date)
        else { return }
        let earliest = seconds * Self.millisecondsPerSecond - received
        let latest = (seconds + 1) * Self.millisecondsPerSecond - sent
        offset.withLock { $0 = min(max($0, earliest), latest) }
    }
}
