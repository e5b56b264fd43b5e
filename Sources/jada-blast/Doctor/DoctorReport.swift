internal import DNS
internal import Deliverability

/// A diagnosis as JSON.
struct DoctorReport: Encodable {
    var domains: [String]
    /// The worst.
    var severity: String
    /// In the order in which they are told.
    var findings: [FindingRecord]

    init(_ diagnosis: Diagnosis, domains: [DomainName]) {
        self.domains = domains.map(\.description)
        severity = diagnosis.severity.rawValue
        findings = diagnosis.findings.map(FindingRecord.init)
    }
}
