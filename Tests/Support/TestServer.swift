package import Foundation
import Glibc
import Locks

/// A server started for a test on a free loopback port, and stopped by its process id.
///
/// Its standard input is a pipe that closes when this process ends, however it ends: our own scripts end with it.
package final class TestServer: Sendable {
    package let port: Int
    package var url: String { "http://127.0.0.1:\(port)" }
    private let process: Process
    private let output: URL

    /// Starts a program and waits until it listens on its port. Where another process was faster to take the port, it is
    /// started anew on another one.
    package init(
        _ executable: String, arguments: (_ port: Int) -> [String], environment: [String: String] = [:],
        folder: URL? = nil, patience: Duration = .seconds(60)
    ) async throws {
        output = FileManager.default.temporaryDirectory
            .appendingPathComponent("jada-blast-server-\(UUID().uuidString).log")
        let deadline = ContinuousClock.now + patience
        while true {
            let port = try TestServer.freePort()
            _ = FileManager.default.createFile(atPath: output.path, contents: nil)
            let log = try FileHandle(forWritingTo: output)
            let process = Process()
            process.executableURL = URL(fileURLWithPath: executable)
            process.arguments = arguments(port)
            process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
            process.currentDirectoryURL = folder
            process.standardInput = Pipe()
            process.standardOutput = log
            process.standardError = log
            try TestServer.withSignalsUnblocked { try process.run() }

            var isListening = false
            while !isListening, process.isRunning, ContinuousClock.now < deadline {
                isListening =
                    TestServer.accepts(port)
                    && ListeningSocket(port: port).isHeld(by: process.processIdentifier)
                if !isListening { try await Task.sleep(for: .milliseconds(20)) }
            }
            if isListening {
                (self.port, self.process) = (port, process)
                return
            }
            TestServer.stop(process)
            let text = (try? String(contentsOf: output, encoding: .utf8)) ?? ""
            let isTaken =
                ListeningSocket(port: port).exists || text.lowercased().contains("address already in use")
            guard isTaken, ContinuousClock.now < deadline else {
                try? FileManager.default.removeItem(at: output)
                throw StartFailure(
                    description: "\(executable) did not start listening on port \(port):\n\(text)")
            }
        }
    }

    deinit { stop() }

    /// What the server has written so far.
    package var outputSoFar: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }
    package var processIdentifier: Int32 { process.processIdentifier }

    /// Ends the server: SIGTERM, then SIGKILL after two seconds.
    package func stop() {
        TestServer.stop(process)
        try? FileManager.default.removeItem(at: output)
    }

    private static func stop(_ process: Process) {
        guard process.isRunning else { return }
        process.terminate()
        for _ in 0..<200 where process.isRunning { usleep(10_000) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    package struct StartFailure: Error, CustomStringConvertible {
        package let description: String
    }

    private static let givenPorts = Mutex<Set<Int>>([])

    /// A port that was free a moment ago, and that no other test of this process was given.
    package static func freePort() throws -> Int {
        for _ in 0..<100 {
            let port = try unboundPort()
            if givenPorts.withLock({ $0.insert(port).inserted }) { return port }
        }
        throw StartFailure(description: "no free port")
    }

    private static func unboundPort() throws -> Int {
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

    /// Swift's own threads block most signals, and a child inherits that: SIGTERM would not end it.
    private static func withSignalsUnblocked(_ body: () throws -> Void) rethrows {
        var none = sigset_t()
        var previous = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &previous)
        defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
        try body()
    }
}

/// A socket that listens on a port of IPv4 loopback or of all addresses, as the kernel lists it.
///
/// That a port accepts connections does not tell whose it is: another test's server may have been given it as well.
private struct ListeningSocket {
    private let inode: Substring?

    /// Source: proc_net(5), `/proc/net/tcp`. Sockets that listen come first there, before thousands of others.
    init(port: Int) {
        let file = FileHandle(forReadingAtPath: "/proc/net/tcp")
        let table = (try? file?.read(upToCount: 1 << 20)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let addresses = ["0100007F", "00000000"].map { $0 + String(format: ":%04X", port) }
        let listening = "0A"
        var inode: Substring?
        for line in table.split(separator: "\n").dropFirst() {
            let fields = line.split(separator: " ")
            guard fields.count > 9, fields[3] == listening else { break }
            if addresses.contains(String(fields[1])) { inode = fields[9] }
        }
        self.inode = inode
    }

    var exists: Bool { inode != nil }

    func isHeld(by process: Int32) -> Bool {
        guard let inode else { return false }
        let folder = "/proc/\(process)/fd"
        let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return descriptors.contains {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)"))
                == "socket:[\(inode)]"
        }
    }
}

/// Runs moto (AWS's services in memory) for the length of the closure, and resets nothing: each call has its own.
///
/// - Parameters:
///   - checksSignatures: refuse requests whose SigV4 signature is wrong (S3, DynamoDB, SQS and SSM); the one key that is
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
