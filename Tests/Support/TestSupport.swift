package import Foundation
package import Testing

/// Places of this checkout.
package enum Checkout {
    /// The folder that holds Package.swift.
    package static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    /// The Python of the test services.
    package static let python = root.appendingPathComponent(".venv/bin/python").path

    /// A file of Tests/Support.
    package static func support(_ path: String) -> String {
        root.appendingPathComponent("Tests/Support").appendingPathComponent(path).path
    }
}

/// Third-party data beside the checkout; tests that read it are skipped where it is absent:
/// `@Test(.enabled(if: ThirdPartyData.isPresent, ThirdPartyData.absence))`.
package enum ThirdPartyData {
    package static let folder = Checkout.root.deletingLastPathComponent().appendingPathComponent(
        "shared/testdata")
    package static let isPresent = FileManager.default.fileExists(atPath: folder.path)
    package static let absence: Comment = "third-party test data is not beside this checkout"

    package static func url(_ path: String) -> URL { folder.appendingPathComponent(path) }
    package static func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: url(path))) }
}

/// What the sanitizer that the tests are built with is told, for programs that get an environment of their own.
package let sanitizerOptions = ProcessInfo.processInfo.environment.filter {
    ["ASAN_OPTIONS", "TSAN_OPTIONS"].contains($0.key)
}

/// A folder that is gone when the closure returns.
package func withTemporaryFolder<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("jada-blast-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder)
}
