import Foundation
import TestSupport
import Testing

@Suite("jada-blast daemon", .timeLimit(.minutes(10)))
struct DaemonTests {
    @Test("a campaign whose time has come goes out, and the log tells it line by line")
    func schedule() async throws {
        try await Workplace.open { place in
            try place.schedule("paul-simon", secondsAgo: -1)
            let daemon = try place.daemon("--json")
            try await daemon.waitUntil("Run finished")
            daemon.terminate()
            #expect(await daemon.exitStatus == 0)
            let lines = try daemon.output.split(separator: "\n").map { line in
                try #require(
                    JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String], "\(line)")
            }
            let messages = lines.compactMap { $0["message"] }
            #expect(messages.first == "Ready")
            #expect(messages.contains("Planned"))
            #expect(messages.last == "Stopped")
            let finished = try #require(lines.first { $0["message"] == "Run finished" })
            #expect(finished["accepted"] == "165")
            #expect(finished["level"] == "info")
            #expect(finished["timestamp"]?.hasSuffix("Z") == true)
            #expect(daemon.errors == "")
            try await place.expectEachMailOnce(165)
        }
    }

    @Test("a signal lets the mails under way end, and the next daemon goes on", arguments: [SIGTERM, SIGINT])
    func signal(number: Int32) async throws {
        try await Workplace.open { place in
            try place.schedule("paul-simon", secondsAgo: 5, rate: 40)
            let first = try place.daemon()
            try await place.waitForMails(10)
            first.send(number)
            #expect(await first.exitStatus == 0)
            #expect(first.errors.contains("Stopping when the mails under way have ended"))
            let sent = place.outbox.count
            #expect(sent < 165)
            let half = try await place.status()
            #expect(half.accepted == sent)
            #expect(half.uncertain == 0)

            let second = try place.daemon()
            try await second.waitUntil("Run finished")
            #expect(
                try await place.status()
                    == Workplace.Standing(status: "finished", accepted: 165, uncertain: 0))
            try await place.expectEachMailOnce(165)
        }
    }

    @Test("after SIGKILL what was under way is uncertain, and the rest is sent")
    func kill() async throws {
        try await Workplace.open { place in
            try place.schedule("paul-simon", secondsAgo: 5, rate: 40)
            let first = try place.daemon()
            try await place.waitForMails(60)
            first.kill()
            #expect(await first.exitStatus == 128 + SIGKILL)
            let second = try place.daemon()
            try await second.waitUntil("Run finished")
            let end = try await place.status()
            #expect(end.status == "finished")
            #expect((1...50).contains(end.uncertain))
            #expect(end.accepted + end.uncertain == 165)
            let sent = place.outbox.count
            #expect((end.accepted...165).contains(sent))
            try await place.expectEachMailOnce(sent)
        }
    }

    @Test("a pause from elsewhere is obeyed within 5 seconds, and the rest goes out after it")
    func pause() async throws {
        try await Workplace.open { place in
            try place.schedule("paul-simon", secondsAgo: 5, rate: 10)
            let daemon = try place.daemon()
            try await place.waitForMails(5)
            #expect(try await place.run(["pause", "paul-simon", "--reason", "wrong date"]).status == 0)
            let paused = place.outbox.count
            try await daemon.waitUntil("The run is held")
            let held = place.outbox.count
            // What goes out in 5 seconds.
            #expect(held - paused <= 50)
            #expect(
                try await place.status() == Workplace.Standing(status: "paused", accepted: held, uncertain: 0)
            )
            daemon.terminate()
            #expect(await daemon.exitStatus == 0)
            #expect(place.outbox.count == held)

            try place.schedule("paul-simon", secondsAgo: 5)
            #expect(try await place.run(["resume", "paul-simon"]).status == 0)
            try await place.expectEachMailOnce(165)
        }
    }

    @Test("systemd is told of readiness, life and end", arguments: [true, false])
    func notification(isAbstract: Bool) async throws {
        try await Workplace.open { place in
            let name = isAbstract ? "@jada-blast-\(UUID())" : place.folder.appendingPathComponent("n").path
            let socket = try NotifySocket(name)
            let daemon = try place.daemon(
                environment: ["NOTIFY_SOCKET": name, "WATCHDOG_USEC": "200000"])
            var messages: [String] = []
            while !messages.contains("READY=1") || messages.count(where: { $0 == "WATCHDOG=1" }) < 3 {
                messages.append(try socket.receive())
            }
            daemon.terminate()
            while messages.last?.hasPrefix("STOPPING=1\nSTATUS=") != true {
                messages.append(try socket.receive())
            }
            #expect(messages.contains { $0.hasPrefix("STATUS=") })
            #expect(await daemon.exitStatus == 0)
        }
    }

    @Test(
        "what only a person can mend ends it at start",
        arguments: [
            (["--aws"], 78, "JADA_BLAST_BUCKET"), (["--tick", "0"], 64, "--tick"),
            (["--shards", "65"], 64, "--shards"), (["--aws", "--mailer", "outbox"], 64, "--mailer"),
            (["--mailer", "ses"], 78, "JADA_BLAST_UNSUBSCRIBE_URL"),
        ] as [([String], Int32, String)])
    func misconfiguration(arguments: [String], status: Int32, name: String) async throws {
        try await Workplace.open { place in
            let ended = try await place.run(["daemon"] + arguments, environment: ["AWS_REGION": "us-west-2"])
            #expect(ended.status == status)
            #expect(ended.errors.contains(name))
        }
    }

    @Test("a library that is not there ends it at start")
    func noLibrary() async throws {
        try await Workplace.open { place in
            let ended = try await place.run(
                ["daemon", "--json", "--library", place.folder.path + "/nowhere", "--state", place.state],
                hasPlaces: false)
            #expect(ended.status == 66)
            #expect(try !ended.problems().isEmpty)
        }
    }

    @Test(
        "the example unit is sound",
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: Self.verifier), "systemd-analyze is missing"))
    func unit() async throws {
        try await Workplace.open { place in
            let unit = place.folder.appendingPathComponent("jada-blast.service")
            let text = try String(
                contentsOf: Checkout.root.appendingPathComponent("examples/jada-blast.service"),
                encoding: .utf8)
            // It verifies that the program is there.
            try text.replacing("/usr/local/bin/jada-blast", with: place.executable)
                .write(to: unit, atomically: true, encoding: .utf8)
            let ended = try await place.run(Self.verifier, ["verify", unit.path])
            #expect(ended.status == 0)
            #expect(ended.errors == "")
        }
    }

    private static let verifier = "/usr/bin/systemd-analyze"
}

extension Workplace {
    /// How a run stands, as `status` tells it.
    struct Standing: Equatable {
        var status: String
        var accepted: Int
        var uncertain: Int
    }

    /// Starts a daemon that looks for what is due every second.
    func daemon(_ arguments: String..., environment: [String: String] = [:]) throws -> Program {
        try Program(
            "jada-blast", ["daemon", "--tick", "1"] + arguments + places, environment: environment,
            folder: folder)
    }

    /// Gives a campaign a time so many seconds ago, and a rate.
    func schedule(_ campaign: String, secondsAgo: Double, rate: Int? = nil) throws {
        let moment = Date(timeIntervalSinceNow: -secondsAgo).formatted(
            .iso8601.year().month().day().time(includingFractionalSeconds: false))
        try edit(campaign) { metadata in
            metadata["schedule"] = ["at": moment, "timeZone": "UTC"]
            metadata["rate"] = rate
        }
    }

    /// The newest run.
    func status() async throws -> Standing {
        let runs = try #require(try await run(["status", "--json"]).object()["runs"] as? [[String: Any]])
        let counts = try #require(runs.first?["counts"] as? [String: Int])
        return Standing(
            status: try #require(runs.first?["status"] as? String),
            accepted: try #require(counts["accepted"]),
            uncertain: try #require(counts["uncertain"]))
    }

    func waitForMails(_ count: Int) async throws {
        while outbox.count < count { try await Task.sleep(for: .milliseconds(5)) }
    }

    /// Whether the outbox holds so many mails, to different addresses.
    func expectEachMailOnce(_ count: Int) async throws {
        let mails = try await openMails()
        #expect(mails.count == count)
        #expect(Set(mails.map { $0.to.lowercased() }).count == count)
    }
}

extension Program {
    /// Waits until a line of its log holds a text.
    fileprivate func waitUntil(_ text: String) async throws {
        while !output.contains(text), !errors.contains(text) {
            try #require(isRunning, "it ended by itself\n\(output)\n\(errors)")
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}

/// What systemd listens on for its services' messages.
private final class NotifySocket {
    private let socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)

    init(_ name: String) throws {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var path = Array(name.utf8)
        if name.hasPrefix("@") { path[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, length) }
        }
        try #require(result == 0)
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(socket) }

    func receive() throws -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(socket, &buffer, buffer.count, 0)
        try #require(count > 0, "no message")
        return String(decoding: buffer[..<count], as: UTF8.self)
    }
}
