internal import DNS
internal import Deliverability

/// A diagnosis as JSON.
struct DoctorReport: Encodable {
    struct Entry: Encodable {
        var check: String
        /// healthy, unknown, warning or broken.
        var severity: String
        var layer: String
        /// relay, api.
        var paths: [String]
        var region: String?
        var title: String
        var evidence: [String]
        var remedy: String?
        var fix: [String]

        init(_ finding: Finding) {
            check = finding.check
            severity = finding.severity.rawValue
            layer = finding.layer.rawValue
            paths = finding.paths.map(\.rawValue)
            region = finding.region
            title = finding.title
            evidence = finding.evidence
            remedy = finding.remedy
            fix = finding.fix
        }
    }

    var domains: [String]
    /// The worst.
    var severity: String
    /// In the order in which they are told.
    var findings: [Entry]

    init(_ diagnosis: Diagnosis, domains: [DomainName]) {
        self.domains = domains.map(\.description)
        severity = diagnosis.severity.rawValue
        findings = diagnosis.findings.map(Entry.init)
    }
}
