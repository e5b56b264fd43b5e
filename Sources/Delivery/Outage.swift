internal import Campaigns

/// A trouble that may last: told when it begins and when it is over, and tried again at growing distances.
struct Outage: Sendable {
    private static let firstDelay = Duration.seconds(1)
    private static let longestDelay = Duration.seconds(60)

    private var failures = 0
    private var began: Timestamp?

    /// Takes in one more failure.
    ///
    /// - Parameter random: from 0 to 1; spreads the attempts of many.
    /// - Returns: whether the trouble is new, and how long to wait before the next attempt.
    mutating func failed(at now: Timestamp, random: Double) -> (isNew: Bool, delay: Duration) {
        let longest = min(Self.firstDelay * (1 << min(failures, 16)), Self.longestDelay)
        failures += 1
        let isNew = began == nil
        began = began ?? now
        return (isNew, longest * (0.5 + random / 2))
    }

    /// Takes in a success.
    ///
    /// - Returns: how long the trouble has lasted, `nil` if there was none.
    mutating func ended(at now: Timestamp) -> Duration? {
        defer { self = Outage() }
        return began.map { now - $0 }
    }
}

extension Outage {
    /// Whether what has failed may succeed by itself, or once a person has mended a service: no fault of the work in hand.
    static func isCause(of error: any Error) -> Bool {
        guard let problem = error as? Problem else { return false }
        return switch problem.kind {
        case .unavailable: true
        // An object that may not be read is one run's own trouble: it must not keep the others waiting.
        case .accessDenied, .configuration: problem.file == nil
        case .usage, .invalidInput, .notFound, .refused, .software: false
        }
    }
}
