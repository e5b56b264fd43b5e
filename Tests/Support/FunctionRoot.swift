package import Foundation
package import Testing

/// A root folder that holds a package for Lambda, a shell, and nothing else that a program could need; names that end in
/// ``suffix`` lead to 127.0.0.1 in it, by DNS.
package struct FunctionRoot: Sendable {
    package static let suffix = "jada.test"
    /// Of the authority that signed for every name with the suffix, as the function sees it.
    package static let authority = "/etc/authority.pem"

    fileprivate let folder: URL
    private let names: TestServer
    private let identity: ServerIdentity

    /// What else there is.
    package enum Userland: String, CaseIterable, Sendable {
        case none
        /// Shared libraries as of glibc 2.26, which end whoever loads them, and the files that would have them loaded.
        case old
    }

    fileprivate init(package zip: URL, userland: Userland, folder: URL) async throws {
        identity = try ServerIdentity(folder: folder, name: "*.\(FunctionRoot.suffix)")
        // All of 127.0.0.0/8 is this machine: an address of the test's own, since resolv.conf cannot name a port.
        let address = "127.53.\(Int.random(in: 1...254)).\(Int.random(in: 1...254))"
        names = try await TestServer(
            Checkout.python,
            arguments: { port in
                [
                    Checkout.support("function_root/name_server.py"), "--address", address,
                    "--suffix", FunctionRoot.suffix, "--port", "\(port)",
                ]
            })
        self.folder = folder.appendingPathComponent("root")
        _ = try await runPython(
            "function_root/make.py",
            [
                zip.path, try Checkout.runtimeInterfaceEmulator(), address, identity.authority,
                self.folder.path,
            ] + (userland == .old ? ["--old-userland"] : []))
    }

    /// The names that were asked for so far, in lower case.
    package var namesAskedFor: Set<String> {
        Set(names.outputSoFar.lowercased().split(separator: "\n").map(String.init))
    }

    /// Speaks TLS in front of a server on a loopback port, for the length of the closure.
    ///
    /// - Parameter body: is given the port.
    package func withTLS<Result>(before port: Int, _ body: (Int) async throws -> Result) async throws
        -> Result
    {
        let front = try await TestServer(
            Checkout.python,
            arguments: {
                [
                    Checkout.support("http/tls_front.py"), "--port", "\($0)", "--behind", "\(port)",
                    "--certificate", identity.certificate, "--key", identity.key,
                ]
            })
        defer { front.stop() }
        return try await body(front.port)
    }

    /// Runs the emulator with the package's function in this root, read-only but for /tmp and with 128 MB, for the length
    /// of the closure.
    package func withFunction<Result>(
        _ handler: String, environment: [String: String], _ body: (RIE) async throws -> Result
    ) async throws -> Result {
        try await withRIE(
            launcher: FunctionRoot.unshare + [
                Checkout.support("function_root/enter.sh"), folder.path, "/emulator",
            ],
            function: "/function", handler: handler,
            environment: environment.merging(["LAMBDA_TASK_ROOT": "/var/task"]) { $1 }, body)
    }

    /// The most memory that a process in this root has had, of those that run: bytes.
    package func peakMemory(of executable: String) throws -> Int? {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { process in
            guard process.allSatisfy(\.isNumber),
                let root = try? FileManager.default.destinationOfSymbolicLink(
                    atPath: "/proc/\(process)/root"),
                root == folder.path,
                let program = try? FileManager.default.destinationOfSymbolicLink(
                    atPath: "/proc/\(process)/exe"),
                program.hasSuffix("/\(executable)"),
                let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8),
                let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
                let kilobytes = Int(line.filter(\.isNumber))
            else { return nil }
            return kilobytes << 10
        }.max()
    }

    private static let unshare =
        ["/usr/bin/unshare", "--mount"] + (getuid() == 0 ? [] : ["--user", "--map-root-user"])

    /// Why there can be no such root here, as a sentence; `nil` where there can.
    private static let obstacle: String? = {
        guard FileManager.default.isExecutableFile(atPath: "/bin/busybox") else {
            return "busybox-static is missing: make setup installs it"
        }
        let attempt = Process()
        attempt.executableURL = URL(fileURLWithPath: unshare[0])
        attempt.arguments = unshare.dropFirst() + ["mount", "-t", "tmpfs", "tmpfs", "/tmp"]
        attempt.standardError = FileHandle.nullDevice
        try? attempt.run()
        attempt.waitUntilExit()
        return attempt.terminationStatus == 0 ? nil : "mount namespaces are not permitted here"
    }()

    package static let isPermitted = obstacle == nil
    package static let absence = Comment(rawValue: obstacle ?? "")
}

/// Makes a root with the package in it for the length of the closure.
package func withFunctionRoot<Result>(
    package zip: URL, userland: FunctionRoot.Userland, _ body: (FunctionRoot) async throws -> Result
) async throws -> Result {
    try await withTemporaryFolder { folder in
        try await body(FunctionRoot(package: zip, userland: userland, folder: folder))
    }
}
