internal import Campaigns
internal import Glibc
internal import LocalAdapters

/// Another process on the same state folder, for tests that race with it or kill it.
///
/// Each line on its standard output tells of something that it has been promised.
@main
struct Fixture {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 5, let run = RunID(arguments[3]) else {
            tell("usage: LocalAdaptersFixture race|hold|churn STATE RUN WORKER")
            exit(64)
        }
        let state = try await LocalState(folder: arguments[2], clock: Clock())
        let worker = arguments[4]
        switch arguments[1] {
        case "race": try await race(state, run: run, worker: worker)
        case "hold": try await hold(state, run: run, worker: worker)
        default: try await churn(state, run: run, worker: worker)
        }
    }

    /// Claims batches until all are held or settled.
    private static func race(_ state: LocalState, run: RunID, worker: String) async throws {
        for number in 0..<20 {
            let batch = BatchID(run: run, shard: 0, number: number)
            let answer = try await state.ledger.claim(
                batch, worker: worker, now: Clock().now(), lease: .seconds(60))
            if case .claimed = answer { tell(number) }
        }
        // Its claims are to be seen as a living worker's by the others.
        tell("done")
        _ = readLine()
    }

    /// Takes a message and a batch, and never lets go.
    private static func hold(_ state: LocalState, run: RunID, worker: String) async throws {
        let received = try await state.queue.receive(maximum: 1, visibility: .seconds(3600))
        _ = try await state.ledger.claim(
            BatchID(run: run, shard: 0, number: 0), worker: worker, now: Clock().now(), lease: .seconds(3600))
        tell("holds \(received.count)")
        _ = readLine()
    }

    /// Claims and settles one batch after the other, until it is killed; but not for ever, should nobody do so.
    private static func churn(_ state: LocalState, run: RunID, worker: String) async throws {
        for number in 0..<2000 {
            let batch = BatchID(run: run, shard: 0, number: number)
            let answer = try await state.ledger.claim(
                batch, worker: worker, now: Clock().now(), lease: .seconds(3600))
            guard case .claimed(let claim) = answer else { fatalError("\(answer)") }
            tell("claimed \(number)")
            let results = (0..<50).map { RecipientResult(index: $0, outcome: .accepted(messageID: "\($0)")) }
            guard try await state.ledger.settle(claim, results: results, isComplete: true, now: Clock().now())
            else {
                fatalError("lost claim")
            }
            tell("settled \(number)")
        }
    }
}

/// Writes a line, which is out when this returns: a buffer would die with the process.
private func tell(_ text: some CustomStringConvertible) {
    let line = Array("\(text)\n".utf8)
    write(1, line, line.count)
}

private struct Clock: WallClock {
    func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
    func zone(named name: String) throws -> TimeZoneRules { .utc }
    func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}
