package import Campaigns
import Testing

/// What every ``ShardQueue`` promises.
package var shardQueueContract: [ContractClause<any ShardQueue>] {
    [
        .init("a fresh queue is empty") { queue async throws in
            #expect(try await queue.receive(maximum: 10, visibility: .seconds(30)).isEmpty)
            #expect(try await queue.count() == 0)
        },
        .init("a message arrives as it was sent, once received") { queue async throws in
            let message = try example("paul-simon#zz.-_:2026", shard: 12, firstBatch: 34)
            try await queue.send([message], delay: .zero)
            #expect(try await queue.count() == 1)
            let received = try #require(try await queue.receive(maximum: 10, visibility: .seconds(30)).first)
            #expect(received.message == message)
            #expect(received.receiveCount == 1)
            #expect(!received.receipt.isEmpty)
        },
        .init("more messages than a call takes are all sent, received once and deleted") {
            queue async throws in
            let messages = try (0..<25).map { try example(shard: $0) }
            try await queue.send(messages, delay: .zero)
            #expect(try await queue.count() == 25)
            var shards: [Int] = []
            for _ in 0..<50 {
                let received = try await queue.receive(maximum: 10, visibility: .seconds(60))
                if received.isEmpty { break }
                #expect(received.count <= 10)
                for message in received {
                    shards.append(message.message.shard)
                    try await queue.delete(message)
                }
            }
            #expect(shards.sorted() == Array(0..<25))
            #expect(try await queue.count() == 0)
        },
        .init("no more messages come than were asked for") { queue async throws in
            try await queue.send(try (0..<3).map { try example(shard: $0) }, delay: .zero)
            #expect(try await queue.receive(maximum: 1, visibility: .seconds(30)).count == 1)
        },
        .init("who waits in vain gets nothing") { queue async throws in
            #expect(try await queue.receive(maximum: 1, visibility: .seconds(60), wait: .seconds(1)).isEmpty)
        },
        .init("a message in hand is hidden from others but counted") { queue async throws in
            try await queue.send([try example()], delay: .zero)
            #expect(try await queue.receive(maximum: 1, visibility: .seconds(60)).count == 1)
            #expect(try await queue.receive(maximum: 1, visibility: .seconds(60)).isEmpty)
            #expect(try await queue.count() == 1)
        },
        .init("a message handed back comes again, and says how often it has been received") {
            queue async throws in
            try await queue.send([try example()], delay: .zero)
            for count in 1...2 {
                let received = try #require(
                    try await queue.receive(maximum: 1, visibility: .seconds(60)).first)
                #expect(received.receiveCount == count)
                try await queue.changeVisibility(of: received, to: .zero)
            }
        },
        .init("a delayed message is hidden but counted") { queue async throws in
            try await queue.send([try example()], delay: .seconds(600))
            #expect(try await queue.receive(maximum: 1, visibility: .seconds(60)).isEmpty)
            #expect(try await queue.count() == 1)
        },
        .init("sending nothing and deleting twice are no errors") { queue async throws in
            try await queue.send([], delay: .zero)
            try await queue.send([try example()], delay: .zero)
            let received = try #require(try await queue.receive(maximum: 1, visibility: .seconds(60)).first)
            for _ in 0..<2 { try await queue.delete(received) }
            #expect(try await queue.count() == 0)
        },
        .init("what is received again and again is put aside, told, and forgotten with its run") {
            queue async throws in
            #expect(try await queue.deadLetters() == DeadLetters())
            let messages = [
                try example("poison#1", shard: 3, firstBatch: 4), try example("poison#2", shard: 0),
            ]
            try await queue.send(messages, delay: .zero)
            for _ in 0..<40 {
                for received in try await queue.receive(maximum: 10, visibility: .seconds(60)) {
                    try await queue.changeVisibility(of: received, to: .zero)
                }
                if try await queue.count() == 0 { break }
            }
            for _ in 0..<2 {
                let letters = try await queue.deadLetters()
                #expect(letters.count == 2)
                #expect(Set(letters.seen.map(\.message)) == Set(messages))
                #expect(letters.seen.allSatisfy { $0.receiveCount > 1 })
            }
            try await queue.discardDeadLetters(of: messages[0].run)
            #expect(try await queue.deadLetters().seen.map(\.message) == [messages[1]])
        },
    ]
}

private func example(
    _ run: String = "paul-simon#1", shard: Int = 0, firstBatch: Int = 0
) throws -> ShardMessage {
    ShardMessage(run: try #require(RunID(run)), shard: shard, firstBatch: firstBatch)
}
