internal import Deliverability

/// A finding as JSON.
struct FindingRecord: Encodable {
    var check: String
    var severity: Severity
    var layer: Layer
    var paths: [MailPath]
    var region: String?
    var title: String
    var evidence: [String]
    var remedy: String?
    var fix: [String]

    init(_ finding: Finding) {
        check = finding.check
        severity = finding.severity
        layer = finding.layer
        paths = finding.paths
        region = finding.region
        title = finding.title
        evidence = finding.evidence
        remedy = finding.remedy
        fix = finding.fix
    }
}
