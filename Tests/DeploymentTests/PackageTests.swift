import Foundation
import TestSupport
import Testing

/// What `make package` has built.
private struct Package: Decodable {
    /// Their permissions, by name.
    let files: [String: Int]
    let bootstrap: String
    /// Kinds of the worker's segments; others than INTERP and DYNAMIC as numbers.
    let programHeaders: [String]
    /// Those of the worker, before it was stripped.
    let symbols: [String]

    static func read() async throws -> Package {
        let zip = BuiltPackage.zip
        let symbols = zip.deletingLastPathComponent().appendingPathComponent("jada-blast-worker.debug")
        let text = try await runPython("oracles/package.py", [zip.path, symbols.path])
        return try JSONDecoder().decode(Package.self, from: Data(text.utf8))
    }
}

@Suite(
    "The package for Lambda", .timeLimit(.minutes(10)),
    .enabled(if: BuiltPackage.isAsked, BuiltPackage.absence))
struct PackageTests {
    @Test(
        "it holds bootstrap, the worker, certificate authorities, time zones and licences, and nothing else")
    func contents() async throws {
        let package = try await Package.read()
        var rest = package.files
        #expect(rest.removeValue(forKey: "bootstrap") == 0o755)
        #expect(rest.removeValue(forKey: "jada-blast-worker") == 0o755)
        #expect(rest.removeValue(forKey: "ca-bundle.crt") == 0o644)
        #expect(rest["zoneinfo/America/Los_Angeles"] == 0o644)
        for licence in ["jada-blast", "swift", "curl", "libssl", "libc6", "libidn2", "LGPL-2.1", "README"] {
            #expect(rest["licenses/\(licence)"] == 0o644, "\(licence)")
        }
        #expect(!rest.keys.contains { !$0.hasPrefix("zoneinfo/") && !$0.hasPrefix("licenses/") })
        let own = Checkout.root.appendingPathComponent("bootstrap")
        #expect(package.bootstrap == (try String(contentsOf: own, encoding: .utf8)))
    }

    @Test("it has at most 7 MB")
    func size() throws {
        let size = try FileManager.default.attributesOfItem(atPath: BuiltPackage.zip.path)[.size] as? Int
        #expect(try #require(size) <= 7_000_000)
    }

    @Test("the worker needs no library and no loader")
    func linkage() async throws {
        let kinds = try await Package.read().programHeaders
        #expect(!kinds.contains("INTERP"))
        #expect(!kinds.contains("DYNAMIC"))
    }

    @Test(
        "the worker leaves out what is large and can be done without",
        arguments: [
            ("Foundation", "$s10Foundation"), ("FoundationEssentials", "$s20FoundationEssentials"),
            ("CoreFoundation", "CFRunLoop"), ("ICU", "ucal_"),
            // Searching text for text needs it: TextSearch does not.
            ("regular expressions", "$s12_RegexParser"), ("SQLite", "sqlite3_"),
            ("the argument parser", "$s14ArgumentParser"),
        ])
    func lean(_ name: String, prefix: String) async throws {
        let symbols = try await Package.read().symbols
        #expect(symbols.contains { $0.hasPrefix("$s9Campaigns") })
        #expect(!symbols.contains { $0.hasPrefix(prefix) }, "\(name) is linked in")
    }
}
