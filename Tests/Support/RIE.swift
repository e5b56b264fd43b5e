package import Foundation
package import HTTP

/// AWS's Runtime Interface Emulator with one function in it.
package struct RIE: Sendable {
    fileprivate let server: TestServer
    private let http = HTTPClient()

    fileprivate init(server: TestServer) { self.server = server }

    /// Invokes the function and waits for its response.
    package func invoke(_ event: [UInt8]) async throws -> HTTPResponse {
        try await http.send(
            HTTPRequest(
                method: "POST", url: "\(server.url)/2015-03-31/functions/function/invocations",
                body: .bytes(event)))
    }

    /// What the emulator and the function have written.
    package var output: String { server.outputSoFar }
}

/// Runs the emulator, with an executable of this package as its function, for the length of the closure.
///
/// - Parameter handler: the value of `_HANDLER`.
package func withRIE<Result>(
    _ executable: String, handler: String, environment: [String: String] = [:],
    _ body: (RIE) async throws -> Result
) async throws -> Result {
    try await withRIE(
        launcher: [try Checkout.runtimeInterfaceEmulator()], function: Checkout.product(executable).path,
        handler: handler, environment: environment, body)
}

/// - Parameters:
///   - launcher: the command that runs the emulator.
///   - function: path of what the emulator runs.
func withRIE<Result>(
    launcher: [String], function: String, handler: String, environment: [String: String],
    _ body: (RIE) async throws -> Result
) async throws -> Result {
    let runtimeAPIPort = try TestServer.freePort()
    let server = try await TestServer(
        launcher[0],
        arguments: { port in
            launcher.dropFirst() + [
                "--runtime-interface-emulator-address", "127.0.0.1:\(port)",
                "--runtime-api-address", "127.0.0.1:\(runtimeAPIPort)", function, handler,
            ]
        }, environment: environment)
    defer { server.stop() }
    return try await body(RIE(server: server))
}

extension Checkout {
    /// An executable of this package, as it was built with the tests.
    package static func product(_ name: String) -> URL {
        URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent(
            name)
    }

    /// The emulator comes in the wheel of aws-sam-cli.
    static func runtimeInterfaceEmulator() throws -> String {
        #if arch(arm64)
            let name = "aws-lambda-rie-arm64"
        #else
            let name = "aws-lambda-rie-x86_64"
        #endif
        let libraries = root.appendingPathComponent(".venv/lib")
        let versions = try FileManager.default.contentsOfDirectory(
            at: libraries, includingPropertiesForKeys: nil)
        let candidates = versions.map {
            $0.appendingPathComponent("site-packages/samcli/local/rapid/\(name)").path
        }
        guard let found = candidates.first(where: FileManager.default.isExecutableFile) else {
            throw TestServer.StartFailure(description: "\(name) is not in .venv: run `make setup`")
        }
        return found
    }
}
