import AWS
import AWSSupport
import TestSupport
import Testing

@Suite("SQS", .timeLimit(.minutes(10)))
struct SQSTests {
    @Test("messages are sent, received with their count, hidden, shown again and deleted by the batch")
    func messages() async throws {
        let account = try await MotoAccount()
        let sqs = SQS(configuration: account.aws)
        let queue = try await account.createQueue()
        let bodies = (0..<10).map { "message \($0) \"ü\"" }
        #expect(try await sqs.send(bodies.map { SQS.OutgoingMessage(body: $0) }, to: queue).isEmpty)
        #expect(
            try await sqs.send([SQS.OutgoingMessage(body: "late", delay: .seconds(900))], to: queue).isEmpty)
        #expect(try await sqs.counts(of: queue).total == 11)
        #expect(try await sqs.counts(of: queue).delayed == 1)

        let first = try await sqs.receive(from: queue, maximum: 10, visibility: .seconds(60))
        #expect(Set(first.map(\.body)) == Set(bodies))
        #expect(first.allSatisfy { $0.receiveCount == 1 })
        #expect(try await sqs.counts(of: queue).inHand == 10)
        #expect(try await sqs.receive(from: queue, maximum: 10, visibility: .seconds(60)).isEmpty)

        #expect(try await sqs.changeVisibility(of: first.map(\.receiptHandle), to: .zero, in: queue).isEmpty)
        let second = try await sqs.receive(from: queue, maximum: 10, visibility: .seconds(60))
        #expect(second.count == 10)
        #expect(second.allSatisfy { $0.receiveCount == 2 })
        #expect(try await sqs.delete(second.map(\.receiptHandle), from: queue).isEmpty)
        #expect(try await sqs.counts(of: queue).total == 1)
    }

    @Test("an entry that does not pass is told by its position, the others pass")
    func failures() async throws {
        let account = try await MotoAccount()
        let sqs = SQS(configuration: account.aws)
        let queue = try await account.createQueue()
        _ = try await sqs.send([SQS.OutgoingMessage(body: "a")], to: queue)
        let message = try #require(
            try await sqs.receive(from: queue, maximum: 1, visibility: .seconds(60)).first)
        let failures = try await sqs.changeVisibility(
            of: [message.receiptHandle, "no such handle"], to: .seconds(5), in: queue)
        #expect(failures.map(\.index) == [1])
        #expect(failures.first?.code == "ReceiptHandleIsInvalid")
        #expect(try await sqs.send([], to: queue).isEmpty)
    }

    @Test("a missing queue is told by its code")
    func missing() async throws {
        let account = try await MotoAccount()
        let error = await #expect(throws: AWSError.self) {
            try await SQS(configuration: account.aws).counts(of: "\(account.server.url)/123456789012/absent")
        }
        #expect(error?.code?.hasSuffix("NonExistentQueue") == true || error?.code == "QueueDoesNotExist")
    }
}
