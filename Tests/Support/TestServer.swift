package import Foundation
import Glibc

/// A server started for a test on a free loopback port, and stopped by its process id.
///
/// Its standard input is a pipe that closes when this process ends, however it ends: our own scripts end with it.
package final class TestServer: Sendable {
    package let port: Int
    package var url: String { "http://127.0.0.1:\(port)" }
    private let process: Process
    private let output: URL

    /// Starts a program and waits until its port accepts connections.
    package init(
        _ executable: String, arguments: (_ port: Int) -> [String], environment: [String: String] = [:],
        folder: URL? = nil, patience: Duration = .seconds(60)
    ) async throws {
        port = try TestServer.freePort()
        output = FileManager.default.temporaryDirectory
            .appendingPathComponent("jada-blast-server-\(UUID().uuidString).log")
        _ = FileManager.default.createFile(atPath: output.path, contents: nil)
        let log = try FileHandle(forWritingTo: output)
        process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments(port)
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.currentDirectoryURL = folder
        process.standardInput = Pipe()
        process.standardOutput = log
        process.standardError = log
        try TestServer.withSignalsUnblocked { try process.run() }

        let deadline = ContinuousClock.now + patience
        while !TestServer.accepts(port) {
            guard process.isRunning, ContinuousClock.now < deadline else {
                let text = outputSoFar
                stop()
                throw StartFailure(
                    description: "\(executable) did not start listening on port \(port):\n\(text)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    deinit { stop() }

    /// What the server has written so far.
    package var outputSoFar: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }
    package var processIdentifier: Int32 { process.processIdentifier }

    /// Ends the server: SIGTERM, then SIGKILL after two seconds.
    package func stop() {
        if process.isRunning {
            process.terminate()
            for _ in 0..<200 where process.isRunning { usleep(10_000) }
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        }
        try? FileManager.default.removeItem(at: output)
    }

    package struct StartFailure: Error, CustomStringConvertible {
        package let description: String
    }

    /// A port that was free a moment ago.
    package static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
            }
        }
        guard result == 0 else { throw StartFailure(description: "no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    /// Swift's own threads block most signals, and a child inherits that: SIGTERM would not end it.
    private static func withSignalsUnblocked(_ body: () throws -> Void) rethrows {
        var none = sigset_t()
        var previous = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &previous)
        defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
        try body()
    }

    private static func accepts(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = loopback(port: port)
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    private static func loopback(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return address
    }
}

/// Runs moto (AWS's services in memory) for the length of the closure, and resets nothing: each call has its own.
///
/// - Parameters:
///   - checksSignatures: refuse requests whose SigV4 signature is wrong (S3, DynamoDB and SQS only); the one key that is
///     accepted is the server's ``TestServer/issuedKey``.
///   - isSingleThreaded: one request at a time, so that conditional writes are atomic.
package func withMoto<Result>(
    checksSignatures: Bool = false, isSingleThreaded: Bool = false,
    _ body: (TestServer) async throws -> Result
) async throws -> Result {
    let server = try await TestServer(
        Checkout.python,
        arguments: { port in
            [Checkout.support("moto/serve.py"), "--port", "\(port)"]
                + (isSingleThreaded ? ["--single-threaded"] : [])
                + (checksSignatures ? ["--check-signatures"] : [])
        })
    defer { server.stop() }
    return try await body(server)
}

extension TestServer {
    /// The key that a moto which checks signatures has issued for this test.
    package var issuedKey: (accessKeyID: String, secretAccessKey: String)? {
        for line in outputSoFar.split(separator: "\n") where line.hasPrefix("ISSUED ") {
            let words = line.split(separator: " ").map(String.init)
            if words.count == 3 { return (words[1], words[2]) }
        }
        return nil
    }
}
