internal import HTTP

/// How far the service's clock is ahead of ours, learned from its answers to signatures it found too old or too new.
struct ClockSkew: Sendable {
    /// A smaller difference does not make a signature invalid.
    static let tolerance: Int64 = 4 * 60

    /// Seconds to add to our clock.
    private(set) var offset: Int64 = 0

    /// Takes in an answer that may have been caused by a wrong clock.
    ///
    /// - Parameters:
    ///   - sent, received: our clock, before and after.
    ///   - used: the offset that the refused signature was made with.
    /// - Returns: whether a signature made now would differ enough to try again.
    mutating func learn(from headers: HTTPHeaders, sent: Int64, received: Int64, used: Int64) -> Bool {
        // A stored answer tells the time at which it was stored.
        guard headers["age"] == nil, let date = headers["date"],
            let server = CivilTime.secondsSince1970(httpDate: date)
        else { return false }
        let measured = server - (sent + received) / 2
        guard abs(measured - used) > Self.tolerance else { return false }
        offset = measured
        return true
    }
}
