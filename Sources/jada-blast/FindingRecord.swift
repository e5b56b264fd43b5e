internal import ArgumentParser
internal import Deliverability

/// A finding as JSON, and as text for a person.
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

extension Finding {
    /// For a person.
    var lines: [String] {
        ["\(severity.mark) \(title)"] + evidence.map { "    seen: \($0)" }
            + (remedy.map { ["    remedy: \($0)"] } ?? []) + fix.map { "      \($0)" }
    }
}

extension Severity {
    fileprivate var mark: String {
        switch self {
        case .healthy: "ok     "
        case .unknown: "unknown"
        case .warning: "warning"
        case .broken: "BROKEN "
        }
    }
}
