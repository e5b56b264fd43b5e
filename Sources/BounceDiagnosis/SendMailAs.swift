internal import Deliverability
internal import TextSearch

/// Gmail's report that a mail written under another address could not be handed to that address's relay.
///
/// It comes from Google to the account, not to the other address, and goes by several causes under one sentence; the reply of
/// the relay decides. Recognised by the sentence in its variants and languages, by the help page it links to, and by
/// structure: Google's report names a server that takes mail from users only, not one that takes it for a domain.
struct SendMailAs: Sendable {
    /// What marks the report, in any language: normalised as ``Transcript`` says.
    private static let sentences = [
        "p=customfromdenied",
        "using the 'send mail as' feature * the settings for your 'send mail as'",
        "your 'send mail as' account are misconfigured",
        "your send mail as account are misconfigured", "the settings for your \"send mail as\" account",
        // The name that each language of Gmail's gives to the feature: German, French, Spanish, Portuguese, Italian, Dutch,
        // Polish, Russian, Swedish, Japanese, Chinese.
        "senden als", "envoyer des e-mails en tant que", "envoyer un e-mail en tant que", "enviar como",
        "enviar correo como", "enviar e-mail como", "enviar email como", "invia messaggio come",
        "mail sturen als",
        "e-mail verzenden als", "wyślij pocztę jako", "отправлять письма как", "skicka e-post som", "メールの送信元",
        "用这个地址发送邮件",
    ]
    /// The same feature, another matter: the relay is a Google account, and asks its owner to log in.
    private static let lookalikes = [
        "another google account using the 'send mail as' feature", "534 5.7.14",
        "please log in via your web browser", "accounts.google.com/signin/continue",
    ]

    private static let sentenceSearch = PhraseSearch(sentences)
    private static let lookalikeSearch = PhraseSearch(lookalikes)

    private let report: Report
    private let isGoogles: Bool
    /// The lines that the sentence stands in; `nil` where it does not.
    private let sentence: [String]?
    private let isLookalike: Bool
    /// A server of SES that the text names.
    private let namedServer: String?
    /// The first line of the text that is a reply, or has one behind a colon.
    private let textReply: (line: String, reply: SMTPReply)?

    /// What the whole report says, once for all its recipients.
    init(_ report: Report) {
        self.report = report
        isGoogles = Self.isGoogles(report)
        guard isGoogles else {
            sentence = nil
            isLookalike = false
            namedServer = nil
            textReply = nil
            return
        }
        let transcript = Transcript(report.lines)
        sentence = Self.sentenceSearch.matches(in: transcript.bytes).first.map {
            transcript.lines(of: $0.range)
        }
        isLookalike = !Self.lookalikeSearch.matches(in: transcript.bytes).isEmpty
        namedServer = Self.hosts(in: report.lines).first { RelayServer(host: $0) == .ses }
        textReply = Self.firstReply(in: report.lines)
    }

    struct Failure: Sendable {
        /// The relay's name, where the report tells it.
        var relay: String?
        var reply: SMTPReply?
        var verdict: RelayVerdict
        var evidence: [String]
    }

    /// A log-in that a Google account as relay asks for: not SES's, and not the relay's credentials.
    func isLogInRequest(_ recipient: FailedRecipient) -> Bool {
        isGoogles
            && (isLookalike
                || !Self.lookalikeSearch.matches(in: Transcript(recipient.diagnostic).bytes).isEmpty)
    }

    func failure(_ recipient: FailedRecipient) -> Failure? {
        guard isGoogles, !isLogInRequest(recipient) else { return nil }
        let remote = recipient.remoteMTA
        let relay =
            [remote, namedServer].compactMap { $0 }.first { RelayServer(host: $0) == .ses }
            ?? remote.flatMap { $0.contains(".") ? $0 : nil }
        let server = relay.map { RelayServer(host: $0) } ?? .other
        let (line, reply) = reply(recipient)
        // Only a server for users asks them to log in; that a domain's own does so for mail to it is very rare.
        let isByStructure = server == .ses || reply?.code == 535
        guard sentence != nil || isByStructure else { return nil }
        var evidence = sentence ?? []
        if let relay { evidence.append("Remote-MTA: \(relay)") }
        if let line { evidence.append(line) }
        // Where the report names no relay, SES is not known to be it: the wording of its replies is.
        let isSES = server == .ses || relay == nil && reply.map(Self.hasWordsOfSES) == true
        var verdict = reply?.verdict(from: isSES ? .ses : .other) ?? Self.unknown
        if let region = relay.flatMap({ RelayServer.region(ofHost: $0) }) {
            verdict.meaning += " (Region \(region))"
        }
        return Failure(
            relay: relay, reply: reply, verdict: isSES ? verdict : Self.elsewhere(verdict, relay),
            evidence: evidence)
    }

    /// What is said where the report does not quote the relay.
    private static let unknown: RelayVerdict = {
        var verdict = SMTPReply(code: 599, text: "").verdict(from: .other)
        verdict.layer = .relayCredentials
        verdict.meaning = "the relay of the alias refused, and the report does not quote what it said"
        verdict.remedy =
            "Try the relay's credentials with jada-blast smtp-check; look at them in Gmail under Settings > Accounts and "
            + "Import > Send mail as > edit info"
        return verdict
    }()

    private static func elsewhere(_ verdict: RelayVerdict, _ relay: String?) -> RelayVerdict {
        var verdict = verdict
        let name = relay.map { "\($0), which is not SES" } ?? "not known to be SES"
        verdict.meaning += "; the relay is \(name)"
        if verdict.layer == .ses { verdict.layer = .unknown }
        return verdict
    }

    private static func hasWordsOfSES(_ reply: SMTPReply) -> Bool {
        let text = reply.text.lowercased()
        return [
            "not subscribed to ses", "ses:send", "temporary authentication failure", "access denied: user",
            "message rejected: ", "throttling failure", "email address is not verified",
            "authentication credentials invalid",
        ].contains { text.contains(text: $0) }
    }

    private static func isGoogles(_ report: Report) -> Bool {
        if report.isBare { return true }
        let author = report.author
        let isDaemon =
            author.hasPrefix("mailer-daemon@")
            && (author.hasSuffix("@googlemail.com") || author.hasSuffix("@google.com")
                || author.hasSuffix("@gmail.com"))
        return isDaemon
            || report.statusGroups.first?["reporting-mta"].map {
                ["googlemail.com", "gmail.com", "google.com"].contains((Report.name($0) ?? "").lowercased())
            } == true
    }

    private static func hosts(in lines: [String]) -> [String] {
        lines.prefix(500).flatMap { line in
            line.utf8.split {
                !CodeScanner.isDigit($0) && !(0x61...0x7A).contains($0 | 0x20) && $0 != 0x2D && $0 != 0x2E
            }.lazy.filter { $0.count > 20 && $0.count < 100 }.map { String(decoding: $0, as: UTF8.self) }
        }
    }

    /// The cause: what the relay said, from the fields, else the first line of the text that is a reply.
    private func reply(_ recipient: FailedRecipient) -> (line: String?, reply: SMTPReply?) {
        for line in recipient.diagnostic { if let reply = SMTPReply(line) { return (line, reply) } }
        return (textReply?.line, textReply?.reply)
    }

    private static func firstReply(in lines: [String]) -> (line: String, reply: SMTPReply)? {
        for line in lines.prefix(200) {
            let line = line.trimmed
            if let reply = SMTPReply(line) ?? afterColon(line).flatMap({ SMTPReply($0) }) {
                return (line, reply)
            }
        }
        return nil
    }

    /// "… was: 535 …", the reply on the sentence's own line: what follows the first colon that has a reply code behind it.
    private static func afterColon(_ line: String) -> String? {
        let bytes = line.utf8.prefix(2000)
        var isBehindColon = false
        for index in bytes.indices {
            switch bytes[index] {
            case UInt8(ascii: ":"): isBehindColon = true
            case UInt8(ascii: " "), UInt8(ascii: "\t"): break
            case let byte where isBehindColon && CodeScanner.isDigit(byte):
                if bytes[index...].prefix(4).prefix(while: CodeScanner.isDigit).count == 3 {
                    return String(line[index...])
                }
                isBehindColon = false
            default: isBehindColon = false
            }
        }
        return nil
    }
}

extension RelayVerdict.Cause {
    /// The reason in the words that all diagnoses have.
    var reason: Reason {
        switch self {
        case .fine: .delivered
        case .badCredentials, .notAuthenticated, .notEncrypted, .tooManyAttempts, .noService, .accessDenied:
            .securityerror
        case .authenticationUnavailable, .temporary: .systemerror
        case .rateExceeded, .quotaExceeded: .speeding
        case .tooManyConnections: .toomanyconn
        case .unverifiedIdentity, .mailFromDomain: .rejected
        case .sendingPaused, .configurationSet: .policyviolation
        case .malformed: .syntaxerror
        case .messageTooLarge: .mesgtoobig
        case .contentRefused: .contenterror
        case .refused: .onhold
        }
    }
}
