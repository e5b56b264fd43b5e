/// When each shard of a run goes out and how many recipients it has, where recipients have time zones of their own.
///
/// All recipients of a shard have the same moment. Without zones a run has none of this: its shards go at once, and all but
/// the last have the same size.
package struct Departures: Sendable, Hashable {
    package struct Shard: Sendable, Hashable {
        /// Nobody of it is sent to before. Whole seconds.
        package let notBefore: Timestamp
        package let recipients: Int

        package init(notBefore: Timestamp, recipients: Int) {
            self.notBefore = notBefore
            self.recipients = recipients
        }
    }

    /// In order of their numbers.
    package let shards: [Shard]

    package init(shards: [Shard]) { self.shards = shards }

    /// Recipients whose time has not come.
    package struct Waiting: Sendable, Hashable {
        package var recipients = 0
        /// When the next of them are sent to.
        package var next: Timestamp
        /// When the last of them are.
        package var last: Timestamp
    }

    /// - Returns: `nil` once everybody's time has come.
    package func waiting(at now: Timestamp) -> Waiting? {
        var waiting: Waiting?
        for shard in shards where shard.notBefore > now {
            var sum = waiting ?? Waiting(next: shard.notBefore, last: shard.notBefore)
            sum.recipients += shard.recipients
            sum.next = min(sum.next, shard.notBefore)
            sum.last = max(sum.last, shard.notBefore)
            waiting = sum
        }
        return waiting
    }

    /// How many recipients have each moment, in order of time.
    package var moments: [(at: Timestamp, recipients: Int)] {
        Dictionary(shards.map { ($0.notBefore, $0.recipients) }, uniquingKeysWith: +)
            .sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}

// MARK: - As ledgers store it

extension Departures {
    /// `5000 1780326000,1780329600 0,1,0,1:37`: recipients of most shards, moments (seconds since 1970), and for each shard
    /// the position of its moment, with its recipients where they are other than most: two or three bytes a shard, for
    /// senders read it with the run every few seconds.
    package var text: String {
        let most = shards.map(\.recipients).max() ?? 0
        var positions: [Timestamp: Int] = [:]
        var moments: [Timestamp] = []
        let fields = shards.map { shard in
            let position = positions[shard.notBefore] ?? moments.count
            if position == moments.count {
                positions[shard.notBefore] = position
                moments.append(shard.notBefore)
            }
            return shard.recipients == most ? "\(position)" : "\(position):\(shard.recipients)"
        }
        let seconds = moments.map { "\($0.seconds)" }
        return "\(most) \(seconds.joined(separator: ",")) \(fields.joined(separator: ","))"
    }

    package init?(text: String) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3, let most = Int(parts[0]), most >= 0 else { return nil }
        var moments: [Timestamp] = []
        for field in parts[1].split(separator: ",") {
            guard let seconds = Int64(field), abs(seconds / 2) < 1 << 50 else { return nil }
            moments.append(Timestamp(seconds: seconds))
        }
        var shards: [Shard] = []
        for field in parts[2].split(separator: ",") {
            let numbers = field.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
            guard let position = numbers[0], moments.indices.contains(position), numbers.count <= 2,
                let recipients = numbers.count == 2 ? numbers[1] : most, (0...most).contains(recipients)
            else { return nil }
            shards.append(Shard(notBefore: moments[position], recipients: recipients))
        }
        self.shards = shards
    }
}
