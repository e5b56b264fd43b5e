internal import Campaigns

extension ShardQueue {
    /// Hands over shards of a run, each hidden until its time has come, or for as long as the queue can: a sender that is
    /// given one too early puts it back.
    func send(_ messages: [ShardMessage], of run: Run, now: Timestamp) async throws {
        let delays = Dictionary(grouping: messages) { message in
            max(run.notBefore(ofShard: message.shard).map { $0 - now } ?? .zero, .zero)
        }
        for (delay, messages) in delays.sorted(by: { $0.key < $1.key }) {
            try await send(messages, delay: delay)
        }
    }
}
