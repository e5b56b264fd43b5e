import Campaigns
import Foundation
import HostAdapters
import LocalAdapters
import TestSupport
import Testing

@Suite("SQLite shard queue")
struct SQLiteShardQueueTests {
    private let visibility = Duration.seconds(30)

    private func messages(_ count: Int) -> [ShardMessage] {
        (0..<count).map { ShardMessage(run: .sample, shard: $0, firstBatch: $0 * 2) }
    }

    @Test("messages come in order, are in one hand at a time, and are gone once deleted")
    func order() async throws {
        try await withState { state, _ in
            try await state.queue.send(messages(5), delay: .zero)
            let first = try await state.queue.receive(maximum: 3, visibility: visibility)
            let second = try await state.queue.receive(maximum: 3, visibility: visibility)
            #expect((first + second).map(\.message) == messages(5))
            #expect((first + second).allSatisfy { $0.receiveCount == 1 })
            #expect(try await state.queue.receive(maximum: 3, visibility: visibility).isEmpty)
            #expect(try await state.queue.count() == 5)
            for received in first { try await state.queue.delete(received) }
            try await state.queue.delete(first[0])
            #expect(try await state.queue.count() == 2)
        }
    }

    @Test("who waits gets a message that another process sends meanwhile", .timeLimit(.minutes(10)))
    func wait() async throws {
        try await withScratchFolder { folder in
            let clock = SystemClock()
            let queue = try await LocalState(folder: folder.path, clock: clock).queue
            let other = try await LocalState(folder: folder.path, clock: clock).queue
            async let received = queue.receive(maximum: 1, visibility: visibility, wait: .seconds(20))
            try await Task.sleep(for: .milliseconds(50))
            try await other.send(messages(1), delay: .milliseconds(300))
            #expect(try await received.map(\.message) == messages(1))
        }
    }

    @Test("a delayed message is invisible until its time")
    func delay() async throws {
        try await withState { state, clock in
            try await state.queue.send(messages(1), delay: .seconds(900))
            clock.advance(by: .milliseconds(899_999))
            #expect(try await state.queue.receive(maximum: 1, visibility: visibility).isEmpty)
            clock.advance(by: .milliseconds(1))
            #expect(try await state.queue.receive(maximum: 1, visibility: visibility).count == 1)
        }
    }

    @Test("a message that is not deleted in time comes again, and its old receipt is void")
    func redelivery() async throws {
        try await withState { state, clock in
            try await state.queue.send(messages(1), delay: .zero)
            let first = try await state.queue.receive(maximum: 1, visibility: visibility)
            clock.advance(by: visibility)
            let second = try await state.queue.receive(maximum: 1, visibility: visibility)
            #expect(second.map(\.message) == first.map(\.message))
            #expect(second.map(\.receiveCount) == [2])
            try await state.queue.delete(first[0])
            try await state.queue.changeVisibility(of: first[0], to: .zero)
            #expect(try await state.queue.count() == 1)
            #expect(try await state.queue.receive(maximum: 1, visibility: visibility).isEmpty)
            try await state.queue.delete(second[0])
            #expect(try await state.queue.count() == 0)
        }
    }

    @Test("visibility can be prolonged and ended")
    func changedVisibility() async throws {
        try await withState { state, clock in
            try await state.queue.send(messages(1), delay: .zero)
            let received = try await state.queue.receive(maximum: 1, visibility: visibility)
            try await state.queue.changeVisibility(of: received[0], to: .seconds(300))
            clock.advance(by: .seconds(299))
            #expect(try await state.queue.receive(maximum: 1, visibility: visibility).isEmpty)
            try await state.queue.changeVisibility(of: received[0], to: .zero)
            #expect(try await state.queue.receive(maximum: 1, visibility: visibility).count == 1)
        }
    }

    @Test("the messages of a run are discarded when it is over, and not where it is to send again by now")
    func discard() async throws {
        try await withState { state, clock in
            let run = Run.sample(recipients: 1)
            _ = try await state.ledger.create(run)
            let batch = BatchID(run: run.id, shard: 0, number: 0)
            let claim = try await state.ledger.claim(
                batch, worker: "a", now: clock.now(), lease: .seconds(60))
            guard case .claimed(let claim) = claim else {
                Issue.record("\(claim)")
                return
            }
            let lost = [RecipientResult(index: 0, outcome: .uncertain(reason: "lost"))]
            #expect(
                try await state.ledger.settle(claim, results: lost, isComplete: true, now: clock.now()))
            // Its last sender has seen that it is over, and a person decides before it has cleared away.
            _ = try await state.ledger.resolve([0], of: batch, as: .resend, now: clock.now())
            try await state.queue.send(messages(1), delay: .zero)
            try await state.queue.discard(run.id)
            #expect(try await state.queue.count() == 1)

            let again = try await state.ledger.claim(
                batch, worker: "b", now: clock.now(), lease: .seconds(60))
            guard case .claimed(let again) = again else {
                Issue.record("\(again)")
                return
            }
            #expect(
                try await state.ledger.settle(again, results: lost, isComplete: true, now: clock.now()))
            try await state.queue.discard(run.id)
            #expect(try await state.queue.count() == 0)
        }
    }

    @Test("a message that nobody can finish goes to the dead letters")
    func poison() async throws {
        try await withState(maximumReceives: 3) { state, clock in
            try await state.queue.send(messages(2), delay: .zero)
            for _ in 0..<3 {
                let received = try await state.queue.receive(maximum: 2, visibility: visibility)
                if received.count == 2 { try await state.queue.delete(received[0]) }
                clock.advance(by: visibility)
            }
            #expect(try await state.queue.receive(maximum: 2, visibility: visibility).isEmpty)
            #expect(try await state.queue.count() == 0)
            let dead = try await state.queue.deadLetters().seen
            #expect(dead.map(\.message) == [messages(2)[1]])
            #expect(dead.map(\.receiveCount) == [3])
        }
    }

    @Test("twenty receivers on two openings of the folder share forty messages out", .timeLimit(.minutes(10)))
    func race() async throws {
        try await withState { state, clock in
            let other = try await LocalState(folder: state.folder, clock: clock)
            try await state.queue.send(messages(40), delay: .zero)
            let received = try await withThrowingTaskGroup(of: [ReceivedShard].self) { group in
                for receiver in 0..<20 {
                    let queue = receiver.isMultiple(of: 2) ? state.queue : other.queue
                    group.addTask { try await queue.receive(maximum: 3, visibility: visibility) }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(received.map(\.message.shard).sorted() == Array(0..<40))
        }
    }
}
