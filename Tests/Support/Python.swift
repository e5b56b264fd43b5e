package import Foundation

/// Runs a Python program of Tests/Support to its end, and returns what it wrote; for oracles that a test compares with.
///
/// - Parameters:
///   - script: its path within Tests/Support.
///   - input: what it reads from its standard input.
package func runPython(_ script: String, _ arguments: [String] = [], input: Data = Data()) async throws
    -> String
{
    try await withTemporaryFolder { folder in
        let (source, output) = (
            folder.appendingPathComponent("input"), folder.appendingPathComponent("output")
        )
        try input.write(to: source)
        try Data().write(to: output)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Checkout.python)
        process.arguments = [Checkout.support(script)] + arguments
        process.standardInput = try FileHandle(forReadingFrom: source)
        process.standardOutput = try FileHandle(forWritingTo: output)
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        process.terminationHandler = { _ in end.finish() }
        try process.run()
        for await _ in ended {}
        guard process.terminationStatus == 0 else {
            throw TestServer.StartFailure(
                description: "\(script) ended with status \(process.terminationStatus)")
        }
        return try String(contentsOf: output, encoding: .utf8)
    }
}
