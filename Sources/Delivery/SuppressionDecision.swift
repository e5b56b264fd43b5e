internal import Campaigns

/// What is to become of an address's entry in the suppression list.
enum SuppressionDecision: Sendable, Hashable {
    case keep
    case list(SuppressionEntry)
    case takeOff
}

extension SuppressionList {
    /// Changes the entry of an address as `decide` says, which sees it as it stands: it is asked anew where others change the
    /// entry meanwhile.
    ///
    /// - Parameter found: the entry as it was looked up.
    /// - Returns: what was decided, and done.
    func change(
        _ address: String, found: SuppressionEntry?,
        _ decide: (SuppressionEntry?) -> SuppressionDecision
    ) async throws -> SuppressionDecision {
        var current = found
        for _ in 0..<mostChangesMeanwhile {
            let decision = decide(current)
            let entry: SuppressionEntry?
            switch decision {
            case .keep: return decision
            case .list(let new): entry = new
            case .takeOff: entry = nil
            }
            if try await change(address, from: current, to: entry) { return decision }
            current = try await lookUp([address])[address]
        }
        throw Problem(
            .unavailable, "an address's entry in the suppression list keeps changing", remedy: "Try again")
    }
}

/// By far more than there are who might write it.
private let mostChangesMeanwhile = 8
