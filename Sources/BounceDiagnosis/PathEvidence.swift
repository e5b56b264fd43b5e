internal import Deliverability
internal import TextSearch

/// By which way a mail left, by the header that a report returns of it.
enum PathEvidence {
    /// The message tags that jada-blast gives to the mails of a run.
    private static let tags = ["campaign", "occurrence", "batch", "recipient"]
    /// Fields that Google adds to what is written in Gmail.
    private static let googles = [
        "x-gm-message-state", "x-google-smtp-source", "x-google-dkim-signature", "x-gm-features",
    ]

    static func path(of original: MIMEHeader) -> (path: MailPath, evidence: String)? {
        if let tagged = original["x-ses-message-tags"], tags.allSatisfy({ tagged.contains(text: $0 + "=") }) {
            return (.api, "X-SES-Message-Tags: \(tagged)")
        }
        let received = original.all("received")
        if let hop = received.first(where: { $0.lowercased().contains(text: "by email-smtp.") }) {
            return (.relay, "Received: \(hop)")
        }
        guard let mark = markOfSES(original) else { return nil }
        // What we write to many can be unsubscribed from by one click (RFC 8058), and what a person writes cannot.
        if original["list-unsubscribe-post"] != nil { return (.api, "\(mark); List-Unsubscribe-Post") }
        if let name = googles.first(where: { original[$0] != nil }) { return (.relay, "\(mark); \(name)") }
        // The last field is the first hop.
        if let hop = received.last, isGoogles(hop) { return (.relay, "\(mark); Received: \(hop)") }
        if let id = original["message-id"], id.contains(text: "@mail.gmail.com") {
            return (.relay, "\(mark); Message-ID: \(id)")
        }
        return (.api, mark)
    }

    /// SES puts its own Message-ID, Return-Path and Feedback-ID on what it sends, and says when by X-SES-Outgoing.
    private static func markOfSES(_ original: MIMEHeader) -> String? {
        if let value = original["x-ses-outgoing"] { return "X-SES-Outgoing: \(value)" }
        for name in ["message-id", "return-path"] {
            guard let value = original[name], let address = Address.first(in: value)?.lowercased() else {
                continue
            }
            if address.hasSuffix("amazonses.com") {
                return "\(name == "message-id" ? "Message-ID" : "Return-Path"): \(value)"
            }
        }
        if let value = original["feedback-id"], value.lowercased().contains(text: "amazonses") {
            return "Feedback-ID: \(value)"
        }
        return nil
    }

    private static func isGoogles(_ hop: String) -> Bool {
        let text = hop.lowercased()
        return text.contains(text: "google.com") || text.contains(text: "gmailapi.google.com")
    }
}
