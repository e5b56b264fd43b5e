import Deliverability
import Testing

@Suite("Examinations and what they come to", .timeLimit(.minutes(10)))
struct ExaminationTests {
    private static func finding(
        _ check: String, _ severity: Severity, _ layer: Layer = .ses, _ paths: [MailPath] = MailPath.allCases
    ) -> Finding { Finding(check, severity, layer: layer, paths: paths, "\(check) is \(severity)") }

    @Test("all run at the same time, and are told in their order")
    func together() async {
        // Each waits for the one after it, which is told after it: one by one the first would never end.
        let gates = (0...20).map { _ in AsyncStream.makeStream(of: Void.self) }
        let examinations = (0..<20).map { number in
            Examination("Number \(number)", check: "\(number)", layer: .ses) {
                for await _ in gates[number + 1].stream {}
                gates[number].continuation.finish()
                return [Self.finding("\(number)", .healthy)]
            }
        }
        gates[20].continuation.finish()
        let findings = await Examination.run(examinations)
        #expect(findings.map(\.check) == (0..<20).map(String.init))
    }

    @Test(
        "one that takes too long is cancelled; what it has found counts, and that something is missing is told"
    )
    func late() async {
        let examination = Examination(
            "The DNS of example.com", check: "domain", layer: .senderAuthentication, paths: [.api],
            limit: .milliseconds(50)
        ) {
            try? await Task.sleep(for: .seconds(60))
            return [Self.finding("spf", .warning)]
        }
        let findings = await examination.run()
        #expect(findings.map(\.check) == ["spf", "domain"])
        #expect(findings.last?.severity == .unknown && findings.last?.paths == [.api])
        #expect(findings.last?.title.hasPrefix("The DNS of example.com took more than") == true)
    }

    @Test("a cancelled whole ends at once, and blames no time limit")
    func cancelled() async {
        let task = Task {
            await Examination.run([
                Examination("SES", check: "ses-account", layer: .ses) {
                    try? await Task.sleep(for: .seconds(60))
                    return [Self.finding("ses-account", .unknown)]
                }
            ])
        }
        try? await Task.sleep(for: .milliseconds(20))
        task.cancel()
        #expect(await task.value.map(\.check) == ["ses-account"])
    }

    @Test("findings are grouped by paths and layer, the worst first, equals in their order")
    func groups() {
        let diagnosis = Diagnosis([
            Self.finding("a", .healthy), Self.finding("b", .warning, .senderAuthentication),
            Self.finding("c", .broken, .ses, [.relay]), Self.finding("d", .unknown),
            Self.finding("e", .warning, .senderAuthentication, [.api, .relay]), Self.finding("f", .healthy),
        ])
        #expect(diagnosis.findings.map(\.check) == ["c", "b", "e", "d", "a", "f"])
        #expect(diagnosis.groups.map(\.paths) == [[.relay], [.relay, .api], [.relay, .api]])
        #expect(diagnosis.severity == .broken)
        #expect(diagnosis.summary == "1 broken, 2 warnings, 1 unknown, 2 healthy")
        #expect(Diagnosis([]).severity == .healthy)
    }

    @Test("a Region is told once")
    func region() {
        func told(_ title: String) -> String? {
            Finding("ses-quota", .healthy, layer: .ses, region: "us-west-2", title).untoldRegion
        }
        #expect(told("The quota is used up") == "us-west-2")
        #expect(told("The quota is used up in us-west-2") == nil)
    }

    @Test("what a terminal would act upon is shown instead")
    func printable() {
        #expect("König, 🚢 and “quotes”".printable == "König, 🚢 and “quotes”")
        #expect("a\u{1B}[31mb\n\u{9B}c\u{202E}d".printable == #"a\u{1B}[31mb\u{A}\u{9B}c\u{202E}d"#)
    }
}
