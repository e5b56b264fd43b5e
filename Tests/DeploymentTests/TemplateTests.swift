import Foundation
import TestSupport
import Testing

/// A command of the Python tools that `make setup` installs.
struct Tool: CustomTestStringConvertible, Sendable {
    let name: String
    let arguments: [String]
    var testDescription: String { ([name] + arguments).joined(separator: " ") }

    private var url: URL { Checkout.root.appendingPathComponent(".venv/bin/\(name)") }
    var isPresent: Bool { FileManager.default.isExecutableFile(atPath: url.path) }

    /// Runs it in a folder of its own.
    func run() async throws -> (status: Int32, output: String) {
        try await withTemporaryFolder { folder in
            let output = folder.appendingPathComponent("output")
            _ = FileManager.default.createFile(atPath: output.path, contents: nil)
            let process = Process()
            process.executableURL = url
            process.arguments = arguments
            process.environment = ProcessInfo.processInfo.environment
                .filter { !$0.key.hasPrefix("AWS_") && !$0.key.hasPrefix("SAM_") }
                .merging(["SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": "us-west-2", "HOME": folder.path]) {
                    $1
                }
            process.currentDirectoryURL = folder
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = try FileHandle(forWritingTo: output)
            process.standardError = process.standardOutput
            try process.run()
            process.waitUntilExit()
            return (process.terminationStatus, try String(contentsOf: output, encoding: .utf8))
        }
    }

    static let linters = [
        Tool(name: "cfn-lint", arguments: [Template.path]),
        Tool(name: "sam", arguments: ["validate", "--lint", "--template", Template.path]),
    ]
}

@Suite("template.yaml", .timeLimit(.minutes(3)))
struct TemplateTests {
    @Test(
        "linters find nothing wrong, without a network",
        .enabled(
            if: Tool.linters.allSatisfy(\.isPresent),
            "cfn-lint or sam is missing in .venv: make setup installs them"),
        arguments: Tool.linters)
    func lint(_ tool: Tool) async throws {
        let (status, output) = try await tool.run()
        #expect(status == 0, "\(output)")
    }

    @Test(
        "a message in a function's hand stays hidden for six times the function's timeout",
        arguments: [("Sender", "Shards"), ("Feedback", "MailEvents")])
    func visibility(function: String, queue: String) async throws {
        let template = try await Template.read()
        let timeout = try #require(template.timeouts[function])
        #expect(try #require(template.visibilityTimeouts[queue]) >= 6 * timeout)
    }
}
