import Foundation
import TestSupport
import Testing

/// A state folder, a copy of the examples and the built executable on them.
struct Workplace: Sendable {
    let folder: URL
    var library: String { folder.appendingPathComponent("library").path }
    var state: String { folder.appendingPathComponent("state").path }

    /// What a command came to.
    struct Ended {
        var status: Int32
        var output: String
        var errors: String

        /// Standard output, which must be one JSON object and nothing else.
        func object() throws -> [String: Any] {
            try #require(
                try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any],
                "no JSON object: \(output)")
        }

        /// The messages of the object's problems.
        func problems() throws -> [String] {
            let problems = try #require(object()["problems"] as? [[String: Any]])
            return problems.compactMap { $0["message"] as? String }
        }
    }

    static func open(_ body: (Workplace) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let workplace = Workplace(folder: folder)
            try FileManager.default.copyItem(
                atPath: Checkout.root.appendingPathComponent("examples").path, toPath: workplace.library)
            try await body(workplace)
        }
    }

    /// A sample of the repository.
    static func event(_ name: String) -> String {
        Checkout.root.appendingPathComponent("events/\(name).json").path
    }

    var executable: String { Checkout.product("jada-blast").path }

    /// The arguments that put a command onto this library and state.
    var places: [String] { ["--library", library, "--state", state] }

    /// Starts a daemon that listens, beside the work of a test, and ends it in good order.
    func withListeningDaemon(
        environment: [String: String] = [:], _ body: (_ address: String) async throws -> Void
    ) async throws {
        let daemon = try Program(
            "jada-blast", ["daemon", "--json", "--tick", "3600", "--listen", "127.0.0.1:0"] + places,
            environment: environment, folder: folder)
        var address: String?
        while address == nil {
            try #require(daemon.isRunning, "it has ended\n\(daemon.lines)")
            try await Task.sleep(for: .milliseconds(20))
            for line in daemon.output.split(separator: "\n") {
                let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
                if object?["message"] == "Listening" { address = object?["address"] }
            }
        }
        try await body(try #require(address))
        daemon.terminate()
        #expect(await daemon.exitStatus == 0)
        #expect(daemon.errors == "")
    }

    /// Runs a command to its end.
    ///
    /// - Parameter hasPlaces: whether `--library` and `--state` are added.
    func run(
        _ arguments: [String], input: String = "", environment: [String: String] = [:],
        hasPlaces: Bool = true
    ) async throws -> Ended {
        try await run(
            executable, arguments + (hasPlaces ? places : []), input: input, environment: environment)
    }

    /// Runs a command, and signals it once the outbox holds three mails.
    func runInterrupted(by signal: Int32, _ arguments: [String]) async throws -> Ended {
        try await run(
            Checkout.python,
            [Checkout.support("oracles/interrupted.py"), "\(signal)", state + "/outbox", "3", executable]
                + arguments + places)
    }

    /// Runs a command on a terminal that shows its standard error, and returns that as output.
    func runOnTerminal(columns: Int, _ arguments: [String]) async throws -> Ended {
        try await run(
            Checkout.python,
            [Checkout.support("oracles/on_terminal.py"), "\(columns)", executable] + arguments + places)
    }

    func run(
        _ program: String, _ arguments: [String], input: String = "", environment: [String: String] = [:]
    ) async throws -> Ended {
        let stem = folder.appendingPathComponent(UUID().uuidString)
        let (source, output, errors) = (
            stem.appendingPathExtension("in"), stem.appendingPathExtension("out"),
            stem.appendingPathExtension("err")
        )
        try Data(input.utf8).write(to: source)
        try Data().write(to: output)
        try Data().write(to: errors)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        // Nothing of the person's own: no Region, no profile, no settings.
        process.environment = ["PATH": "/usr/bin:/bin", "HOME": folder.path]
            .merging(sanitizerOptions) { $1 }.merging(environment) { $1 }
        process.currentDirectoryURL = folder
        process.standardInput = try FileHandle(forReadingFrom: source)
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        process.terminationHandler = { _ in end.finish() }
        try process.run()
        for await _ in ended {}
        return Ended(
            status: process.terminationStatus, output: try String(contentsOf: output, encoding: .utf8),
            errors: try String(contentsOf: errors, encoding: .utf8))
    }

    /// Names of the mails in the outbox.
    var outbox: [String] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: state + "/outbox")
        return (names ?? []).filter { $0.hasSuffix(".eml") }.sorted()
    }

    /// A mail as Python's email package sees it.
    struct SeenMail: Decodable {
        var file: String
        var to: String
        var subject: String
        var messageID: String
        var unsubscribe: String
        var types: [String]
        var text: String
        var html: String
        var defects: [String]
    }

    func openMails() async throws -> [SeenMail] {
        let text = try await runPython("oracles/open_mails.py", [state + "/outbox"])
        return try JSONDecoder().decode([SeenMail].self, from: Data(text.utf8))
    }

    /// Replaces the list of `paul-simon` by a shorter one.
    func shortenList(to rows: Int) throws {
        let lines = (1...rows).map { "guest\($0)@example.org,Guest \($0),2 guests,Foredeck,5:45 pm," }
        try (["email,name,party,deck,boarding,note"] + lines).joined(separator: "\n").write(
            toFile: library + "/campaigns/paul-simon/recipients.csv", atomically: true, encoding: .utf8)
    }

    /// Changes members of a campaign's metadata.
    func edit(_ campaign: String, _ change: (inout [String: Any]) -> Void) throws {
        let file = URL(fileURLWithPath: "\(library)/campaigns/\(campaign)/campaign.json")
        var members = try #require(
            JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
        change(&members)
        try JSONSerialization.data(withJSONObject: members).write(to: file)
    }
}
