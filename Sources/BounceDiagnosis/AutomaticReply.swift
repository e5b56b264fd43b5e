internal import TextSearch

/// Replies that a person's mail system writes while that person is away (RFC 3834).
enum AutomaticReply {
    /// How the subject begins; a word further on may be about anything: "Re: Holiday cruise".
    private static let subjects = [
        "auto:", "auto reply", "auto-reply", "autoreply", "automatic reply", "automatic response",
        "out of office", "out of the office", "out-of-office", "on vacation", "vacation reply",
        "vacation message", "away from my", "away from the office", "away:", "i am away", "i'm away",
        "i am on leave", "i am on vacation", "on annual leave", "automatische antwort", "abwesenheit",
        "réponse automatique", "reponse automatique", "respuesta automática", "risposta automatica",
        "automatisch antwoord", "autosvar", "自動返信", "自动回复",
    ]
    /// What stands before a subject in a reply.
    private static let prefixes = ["re:", "aw:", "sv:", "antw:"]

    private static func isOutOfOffice(_ subject: String) -> Bool {
        var rest = subject.prefix(400).lowercased().trimmed
        while let prefix = prefixes.first(where: { rest.hasPrefix($0) }) {
            rest = rest.dropFirst(prefix.count).trimmed
        }
        if rest.hasPrefix("[") || rest.hasPrefix("(") { rest = rest.dropFirst().trimmed }
        return subjects.contains { rest.hasPrefix($0) }
    }

    static func isOne(_ report: Report, recipients: [FailedRecipient]) -> Bool {
        guard report.statusGroups.isEmpty, report.reportType.isEmpty,
            report.header["x-failed-recipients"] == nil
        else { return false }
        let name = report.author.prefix { $0 != "@" }
        guard !name.hasPrefix("mailer-daemon"), !name.hasPrefix("postmaster"), !report.hasSubjectOfReport
        else { return false }
        return isOutOfOffice(report.header["subject"] ?? "") || !evidence(report).isEmpty
    }

    static func evidence(_ report: Report) -> [String] {
        // What is generated and answers nothing is somebody's notification.
        let answers = report.header["in-reply-to"] != nil || report.header["references"] != nil
        if answers, let value = report.header["auto-submitted"],
            value.lowercased().contains(text: "auto-generated")
        {
            return ["auto-submitted: \(value)"]
        }
        let marks: [(name: String, values: [String])] = [
            ("auto-submitted", ["auto-replied", "auto-notified"]),
            ("x-auto-response-suppress", ["oof", "autoreply"]), ("x-autoreply", ["yes", "true"]),
            ("precedence", ["auto_reply", "auto-reply"]), ("x-autorespond", [""]),
            ("x-apple-action", ["vacation"]),
            ("preference", ["auto_reply"]),
        ]
        return marks.compactMap { mark in
            guard let value = report.header[mark.name]?.lowercased(),
                mark.values.contains(where: { $0.isEmpty || value.contains(text: $0) })
            else { return nil }
            return "\(mark.name): \(value)"
        }
    }
}
