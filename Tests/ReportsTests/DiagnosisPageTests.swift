import Deliverability
import Foundation
import Reports
import TestSupport
import Testing

@Suite("A diagnosis as a page", .timeLimit(.minutes(10)))
struct DiagnosisPageTests {
    private func page(saying word: String = "as it is") throws -> String {
        let findings = [
            Finding(
                "dkim", .broken, layer: .senderAuthentication, paths: [.api], region: "us-west-2",
                "The DKIM record is missing: \(word)", evidence: ["tok._domainkey.example.com TXT: \(word)"],
                remedy: "Publish the record, \(word)",
                fix: ["tok._domainkey.example.com. 3600 IN CNAME tok.dkim.amazonses.com.", word]),
            Finding(
                "dmarc", .warning, layer: .senderAuthentication, "The policy is none",
                remedy: "Read the reports"),
            Finding(
                "ses-account", .unknown, layer: .ses, region: word, "It could not be looked at",
                evidence: [word]),
            Finding("mx", .healthy, layer: .network, "\(word) takes mail", evidence: ["MX: \(word)"]),
        ]
        return try DiagnosisPage().html(
            Diagnosis(findings), subject: "example.com \(word)", madeAt: "Sun 2026-11-29 10:00 UTC")
    }

    @Test("words of others are shown as they are, wherever they stand")
    func hostile() throws {
        let html = try page(saying: "<script>alert(1)</script>\"'&<img src=x onerror=alert(1)>\u{202E}")
        #expect(!html.contains("<script") && !html.contains("<img") && !html.contains("\u{202E}"))
        // Title and heading, title, evidence, remedy, fix, Region, evidence, title, evidence.
        #expect(html.components(separatedBy: "&lt;script&gt;").count == 11)
    }

    @Test("it loads nothing, runs nothing, and says so to the browser")
    func selfContained() throws {
        let html = try page()
        #expect(html.contains("default-src 'none'"))
        for forbidden in ["http://", "https://", "<script", "@import", "url("] {
            #expect(!html.contains(forbidden), "\(forbidden)")
        }
    }

    @Test("what is wrong is open, what is healthy closed, the worst first")
    func order() throws {
        let html = try page()
        #expect(html.components(separatedBy: "<details").count == 5)
        #expect(html.components(separatedBy: #" open>"#).count == 4)
        let places = try ["The DKIM record", "The policy is none", "It could not", "takes mail"].map {
            try #require(html.range(of: $0)).lowerBound
        }
        #expect(places == places.sorted())
    }

    @Test("in a browser it says nothing on the console, passes the audit of accessibility, and fits a phone")
    func browser() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("doctor.html")
            try page(saying: String(repeating: "averylongname", count: 20)).write(
                to: file, atomically: true, encoding: .utf8)
            struct Findings: Decodable, Equatable {
                var console: [String]
                var violations: [String]
                var overflowing: [String]
            }
            // PICTURES=folder keeps what is seen.
            let pictures = ProcessInfo.processInfo.environment["PICTURES"].map { [$0] } ?? []
            let text = try await runPython("oracles/browser.py", [file.path] + pictures)
            let findings = try JSONDecoder().decode(Findings.self, from: Data(text.utf8))
            #expect(findings == Findings(console: [], violations: [], overflowing: []))
        }
    }
}
