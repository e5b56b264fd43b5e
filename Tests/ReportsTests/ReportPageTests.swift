import Campaigns
import Foundation
import HostAdapters
import TestSupport
import Testing

@testable import Reports

@Suite("The report as a page", .timeLimit(.minutes(10)))
struct ReportPageTests {
    private func page(_ report: RunReport) throws -> String {
        try ReportPage(zone: SystemClock().zone(named: "America/Los_Angeles")).html(report)
    }

    @Test("words of others are shown as they are, wherever they stand")
    func hostile() throws {
        let word = #"<script>alert(1)</script>"'&<img src=x onerror=alert(1)>"#
        let html = try page(ReportMaterial.report(saying: word))
        #expect(!html.contains("<script"))
        #expect(!html.contains("<img"))
        #expect(!html.contains(#"""'&"#))
        // Subject (twice), sender, notices, reasons, domains, uncertain.
        #expect(html.components(separatedBy: "&lt;script&gt;").count > 7)
        let paused = try page(ReportMaterial.report(saying: word, isFinished: false))
        #expect(!paused.contains("<script"))
    }

    @Test("it loads nothing, runs nothing, and says so to the browser")
    func selfContained() throws {
        let html = try page(ReportMaterial.report())
        #expect(html.contains("default-src 'none'"))
        for forbidden in ["http://", "https://", "<script", "@import", "url("] {
            #expect(!html.contains(forbidden), "\(forbidden)")
        }
    }

    @Test("a run of which nothing is known yet has a page, too")
    func empty() throws {
        var report = ReportMaterial.report()
        (report.feedback, report.activity) = (RunFeedback(), ActivityTimeline())
        (report.reasons, report.uncertain, report.earlier) = ([], [], [])
        report.run.settled = OutcomeCounts()
        report.run.findings = []
        let html = try page(report)
        #expect(html.contains("SES has told nothing"))
        #expect(!html.contains("<svg"))
        #expect(html.contains("pending"))
    }

    @Test(
        "numbers are written as people read them",
        arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-1000, "-1,000")])
    func grouped(_ number: Int, _ text: String) { #expect(number.grouped == text) }

    @Test(
        "so are durations",
        arguments: [
            (0.5, "under 1 s"), (45.0, "45 s"), (3600.0, "1 h"), (4800.0, "1 h 20 min"),
            (90_061.0, "1 d 1 h"),
        ])
    func durations(_ seconds: Double, _ text: String) { #expect(Duration.seconds(seconds).words == text) }

    @Test("in a browser it says nothing on the console, passes the audit of accessibility, and fits a phone")
    func browser() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("report-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("report.html")
        try page(ReportMaterial.report(saying: "Aboard for <Paul> & friends")).write(
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
