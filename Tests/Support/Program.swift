package import Foundation
import Glibc

/// A running executable of this package; it is killed with its last reference.
///
/// It sees nothing of the AWS account and the settings of whoever runs the tests.
package final class Program: Sendable {
    private let process: Process
    private let outputFile: URL
    private let errorFile: URL
    private let ending: Task<Int32, Never>

    /// Starts an executable as it was built with the tests.
    ///
    /// - Parameters:
    ///   - environment: what is added to this process's own.
    ///   - folder: its current directory; `nil` is this process's own.
    package init(
        _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:],
        folder: URL? = nil
    ) throws {
        func file(_ kind: String) -> URL {
            FileManager.default.temporaryDirectory
                .appendingPathComponent("jada-blast-\(executable)-\(UUID().uuidString).\(kind)")
        }
        (outputFile, errorFile) = (file("out"), file("err"))
        for file in [outputFile, errorFile] {
            _ = FileManager.default.createFile(atPath: file.path, contents: nil)
        }
        process = Process()
        process.executableURL = Checkout.product(executable)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment
            .filter { !$0.key.hasPrefix("AWS_") && !$0.key.hasPrefix("JADA_BLAST_") }
            .merging(environment) { $1 }
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: outputFile)
        process.standardError = try FileHandle(forWritingTo: errorFile)
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        process.terminationHandler = { process in
            // A signal that ended it shows as 128 + its number, as shells tell it.
            let status = process.terminationStatus
            continuation.yield(process.terminationReason == .exit ? status : 128 + status)
            continuation.finish()
        }
        ending = Task {
            for await status in stream { return status }
            return -1
        }
        try process.run()
    }

    deinit {
        kill()
        for file in [outputFile, errorFile] { try? FileManager.default.removeItem(at: file) }
    }

    /// Waits for the end; 128 + n means that signal n ended it.
    package var exitStatus: Int32 { get async { await ending.value } }
    package var isRunning: Bool { process.isRunning }

    /// What it has written to standard output so far.
    package var output: String { (try? String(contentsOf: outputFile, encoding: .utf8)) ?? "" }
    /// What it has written to standard error so far.
    package var errors: String { (try? String(contentsOf: errorFile, encoding: .utf8)) ?? "" }
    /// The lines it has written, standard output's first.
    package var lines: [String] { (output + errors).split(separator: "\n").map(String.init) }

    /// Sends SIGTERM.
    package func terminate() { process.terminate() }
    package func send(_ signal: Int32) {
        if process.isRunning { Glibc.kill(process.processIdentifier, signal) }
    }
    /// Sends SIGKILL.
    package func kill() { send(SIGKILL) }
}
