/// The SMTP command that was answered.
enum SMTPStage: Sendable {
    case connect, mail, recipient, data

    /// How mail systems tell it: Postfix, Exim, Sendmail's transcripts, DragonFly, Exchange, and others.
    private static let wordings: [(phrase: String, stage: SMTPStage)] = [
        ("smtp command data", .data), ("smtp command rcpt", .recipient),
        ("in reply to end of data command", .data), ("in reply to data command", .data),
        ("after end of data", .data), ("after data", .data), (">>> data", .data), (">>> .", .data),
        ("did not like our data", .data), ("did not like our final dot", .data),
        ("during data", .data), ("after end of message", .data), ("end of data", .data),
        ("in reply to rcpt to", .recipient), ("(state 13)", .recipient), ("(state 14)", .recipient),
        ("(state 15)", .data), ("(state 17)", .data), ("(state 18)", .data), ("after rcpt to", .recipient),
        (">>> rcpt to", .recipient),
        ("smtp:rcpt", .recipient), ("but recipient was rejected", .recipient),
        ("does not like recipient", .recipient), ("my name was rejected", .connect),
        ("but sender was rejected", .mail), ("but greeting failed", .connect),
        ("did not like our rcpt to", .recipient), ("rcpt to:<", .recipient), ("rcpt to <", .recipient),
        ("during rcpt to", .recipient), ("rcpt to command", .recipient),
        ("in reply to mail from", .mail), ("after mail from", .mail), (">>> mail from", .mail),
        ("did not like our mail from", .mail), ("after initial connection", .connect),
        ("while talking to", .connect), ("refused to talk to me", .connect),
    ]
    private static let search = PhraseSearch(wordings.map(\.phrase))

    static func of(_ recipient: FailedRecipient) -> SMTPStage? {
        for lines in [recipient.diagnostic, recipient.lines] {
            let matches = search.matches(in: Transcript(lines).bytes)
            if let first = matches.map(\.phrase).min() { return wordings[first].stage }
        }
        return nil
    }
}
