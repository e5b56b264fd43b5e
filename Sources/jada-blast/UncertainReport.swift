internal import Campaigns
internal import Delivery

/// An uncertain recipient as `status` and `resolve` tell it.
struct UncertainReport: Encodable {
    /// Line of the recipients file.
    var line: Int
    var address: String
    /// `shard-number`, as in the mail's tag.
    var batch: String
    var reason: String
    var at: String

    init(_ mail: UncertainMail) {
        line = mail.line
        address = mail.address
        batch = "\(mail.recipient.batch.shard)-\(mail.recipient.batch.number)"
        reason = mail.recipient.reason
        at = mail.recipient.at.description
    }

    /// For a person: under each other, one a line.
    static func lines(_ mails: [UncertainMail], zone: TimeZoneRules) -> [String] {
        let width = mails.map(\.address.count).max() ?? 0
        return mails.map { mail in
            let report = UncertainReport(mail)
            let padding = String(repeating: " ", count: width - mail.address.count)
            return "  line \(report.line)  \(report.address)\(padding)  \(mail.recipient.at.inWords(zone)), "
                + "batch \(report.batch): \(report.reason)"
        }
    }
}

extension Services {
    var uncertainMails: UncertainMails { UncertainMails(library: library, ledger: ledger, clock: clock) }
}
