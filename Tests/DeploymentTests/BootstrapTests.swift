import Foundation
import TestSupport
import Testing

/// `bootstrap` where the worker beside it cannot run: what the function's log says. Amazon Linux's sh is bash.
@Suite("bootstrap", .timeLimit(.minutes(10)))
struct BootstrapTests {
    static let shells = [["/bin/sh"], ["/bin/bash", "--posix"]]

    @Test("it runs the worker in its place, with its arguments", arguments: shells)
    func start(_ shell: [String]) throws {
        let end = try run(shell) { worker in
            try write("#!/bin/sh\necho \"$0 $*\" >&2\nexit 3\n", to: worker, mode: 0o755)
        }
        #expect(end.status == 3)
        #expect(end.log.hasSuffix("/jada-blast-worker first second\n"))
    }

    @Test(
        "a worker of another architecture is told with both ways out",
        arguments: shells, [(machine: UInt8(183), name: "arm64"), (machine: 62, name: "x86_64")])
    func architecture(_ shell: [String], _ built: (machine: UInt8, name: String)) throws {
        let end = try run(shell) { worker in
            // An executable's header (elf(5)), and no program in it: no kernel runs it.
            var header = [UInt8](repeating: 0, count: 64)
            header.replaceSubrange(0..<8, with: [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 3])
            (header[16], header[18], header[20]) = (2, built.machine, 1)
            try Data(header).write(to: worker)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: worker.path)
        }
        #expect(end.status == 1)
        #expect(
            end.log.contains("/jada-blast-worker is built for \(built.name), and this function has another"))
        #expect(end.log.contains("Set the function's architecture to \(built.name)"))
        #expect(end.log.contains("build the package on a machine of the other kind"))
    }

    @Test("a worker that lacks its execute bit is told with how to give it one", arguments: shells)
    func executeBit(_ shell: [String]) throws {
        let end = try run(shell) { try write("#!/bin/sh\n", to: $0, mode: 0o644) }
        #expect(end.status == 1)
        #expect(end.log.contains("/jada-blast-worker lacks its execute bit"))
        #expect(end.log.contains("chmod 755 bootstrap jada-blast-worker"))
    }

    @Test("a worker that is missing is told", arguments: shells)
    func missing(_ shell: [String]) throws {
        let end = try run(shell) { _ in }
        #expect(end.status == 1)
        #expect(
            end.log.contains("/jada-blast-worker is missing. Upload the zip that make package has built."))
    }

    private func write(_ text: String, to file: URL, mode: Int) throws {
        try Data(text.utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
    }

    /// Runs `bootstrap` in a folder of its own.
    ///
    /// - Parameter place: puts the worker where it is given.
    private func run(
        _ shell: [String], _ place: (_ worker: URL) throws -> Void
    ) throws -> (status: Int32, log: String) {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("jada-blast-bootstrap-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let bootstrap = folder.appendingPathComponent("bootstrap")
        try FileManager.default.copyItem(at: Checkout.root.appendingPathComponent("bootstrap"), to: bootstrap)
        try place(folder.appendingPathComponent("jada-blast-worker"))
        let log = folder.appendingPathComponent("log")
        try Data().write(to: log)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: shell[0])
        process.arguments = shell.dropFirst() + [bootstrap.path, "first", "second"]
        process.environment = ["LAMBDA_TASK_ROOT": folder.path]
        process.standardError = try FileHandle(forWritingTo: log)
        try process.run()
        process.waitUntilExit()
        return (process.terminationStatus, try String(contentsOf: log, encoding: .utf8))
    }
}
