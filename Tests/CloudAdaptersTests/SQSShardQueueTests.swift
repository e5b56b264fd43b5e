import AWS
import AWSSupport
import Campaigns
import CloudAdapters
import Testing

@Suite("SQS shard queue", .timeLimit(.minutes(10)))
struct SQSShardQueueTests {
    @Test("a message that is no shard is left for the dead letters, and the shards beside it are given")
    func poison() async throws {
        let account = try await MotoAccount()
        let url = try await account.createQueue()
        let sqs = SQS(configuration: account.aws)
        let queue = SQSShardQueue(aws: account.aws, queueURL: url)
        let shard = ShardMessage(run: try #require(RunID("paul-simon#1")), shard: 3, firstBatch: 2)
        try await queue.send([shard], delay: .zero)
        for body in ["", "hello", "{}", #"{"run": "no run", "shard": 0, "firstBatch": 0}"#, "[1,2]"]
        where !body.isEmpty {
            #expect(try await sqs.send([SQS.OutgoingMessage(body: body)], to: url).isEmpty)
        }
        let received = try await queue.receive(maximum: 10, visibility: .seconds(60))
        #expect(received.map(\.message) == [shard])
        try await queue.delete(received[0])
        #expect(try await queue.count() == 4)
        #expect(try await queue.receive(maximum: 0, visibility: .seconds(60)).isEmpty)
    }

    @Test("who waits gets a message that comes meanwhile, and one who is cancelled does not lose it")
    func wait() async throws {
        let account = try await MotoAccount()
        let queue = SQSShardQueue(aws: account.aws, queueURL: try await account.createQueue())
        let shard = ShardMessage(run: try #require(RunID("paul-simon#1")), shard: 3, firstBatch: 2)
        for isCancelled in [false, true] {
            let waiting = Task {
                try await queue.receive(maximum: 1, visibility: .seconds(60), wait: .seconds(20))
            }
            try await Task.sleep(for: .milliseconds(200))
            if isCancelled { waiting.cancel() }
            try await queue.send([shard], delay: .zero)
            let received = try await waiting.value
            #expect(received.map(\.message) == [shard])
            for message in received { try await queue.delete(message) }
        }
    }
}
