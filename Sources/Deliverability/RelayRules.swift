internal import TextSearch

/// A row of what replies at a relay mean.
struct RelayRule: Sendable {
    var codes: ClosedRange<Int>
    /// Each must occur in the normalised text; none: the code is enough.
    var words: [String]
    /// Whether only SES's word has that meaning.
    var isOfSES: Bool
    var verdict: RelayVerdict

    private init(
        _ codes: ClosedRange<Int>, _ words: [String], ses: Bool = false, _ cause: RelayVerdict.Cause,
        _ layer: Layer, passes: Bool = false, _ meaning: String, remedy: String? = nil
    ) {
        self.codes = codes
        self.words = words
        isOfSES = ses
        verdict = RelayVerdict(
            cause: cause, layer: layer, passes: passes, meaning: meaning, remedy: remedy)
    }

    func applies(to code: Int, _ text: String, from server: RelayServer) -> Bool {
        codes.contains(code) && (!isOfSES || server == .ses) && words.allSatisfy { text.contains(text: $0) }
    }

    /// Lower case, and each run of white space and quotation marks one space.
    static func normalized(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.lowercased().utf8.prefix(4096) {
            let isSpace = byte <= 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "`")
            if !isSpace { bytes.append(byte) } else if bytes.last != 0x20 { bytes.append(0x20) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func fallback(_ code: Int) -> RelayVerdict {
        switch code {
        case ..<400:
            RelayVerdict(
                cause: .fine, layer: .unknown, passes: true, meaning: "the server agrees", remedy: nil)
        case ..<500:
            RelayVerdict(
                cause: .temporary, layer: .network, passes: true,
                meaning: "the server cannot take it now, and may later",
                remedy: "Try again in a few minutes")
        default:
            RelayVerdict(
                cause: .refused, layer: .unknown, passes: false,
                meaning: "the server refuses for a reason that only its own words tell",
                remedy: "Read what the server says, and ask whoever runs it")
        }
    }

    private static let newPassword =
        "Make new SMTP credentials for the server's Region with jada-blast smtp-password, try them with jada-blast "
        + "smtp-check, and enter them in Gmail under Settings > Accounts and Import > Send mail as > edit info"

    /// In order of priority: what says more stands first. Sources: Amazon SES Developer Guide, "SMTP response codes
    /// returned by Amazon SES", "Troubleshooting SMTP issues" and "Amazon SES email sending errors"; RFC 4954 section 6;
    /// RFC 3207 section 4; RFC 5321 section 4.2.3.
    static let table: [RelayRule] = [
        RelayRule(
            235...235, [], .fine, .relayCredentials, passes: true, "the server takes user name and password"),
        RelayRule(250...250, ["ok"], .fine, .ses, passes: true, "the server has taken the mail"),

        RelayRule(
            421...454, ["too many concurrent smtp connections"], .tooManyConnections, .ses, passes: true,
            "more connections are open to the server than it allows at once",
            remedy: "Wait a minute; if it stays so, look for what else sends with these credentials"),
        RelayRule(
            400...499, ["throttling failure", "daily"], ses: true, .quotaExceeded, .ses, passes: true,
            "the account has sent all mails that it may send in 24 hours, in that Region",
            remedy: "Wait until the quota is free again, and ask AWS for a higher one in Service Quotas"),
        RelayRule(
            400...499, ["throttling failure"], ses: true, .rateExceeded, .ses, passes: true,
            "the account sends more mails a second than it may, in that Region",
            remedy: "Send again in a minute; lower the rate of a campaign that runs in the same Region"),
        RelayRule(
            400...499, ["temporary authentication failure"], .authenticationUnavailable, .ses, passes: true,
            "the server could not look at the credentials; it says nothing about whether they are right",
            remedy: "Send again in a few minutes; if it stays so for hours, see the AWS Health Dashboard"),
        RelayRule(
            454...454, ["tls not available"], .temporary, .network, passes: true,
            "the server cannot encrypt now", remedy: "Try again in a few minutes"),

        RelayRule(
            535...535, ["not subscribed"], ses: true, .noService, .ses,
            "the AWS account behind the credentials does not have SES in that Region",
            remedy: "Open SES in that Region of the account, and move it out of the sandbox"),
        RelayRule(
            535...535, ["too many"], .tooManyAttempts, .relayCredentials, passes: true,
            "the server takes no more log-ins from there for now; the password may be right",
            remedy:
                "Wait an hour, then try with jada-blast smtp-check; ask the relay's provider whether it blocks "
                + "Google's addresses"),
        RelayRule(
            535...535, [], ses: true, .badCredentials, .relayCredentials,
            "SES does not know this user name and password: mistyped, of another Region, an IAM secret instead of the "
                + "SMTP password made of it, or an access key that was rotated, made inactive or deleted",
            remedy: newPassword),
        RelayRule(
            535...535, [], .badCredentials, .relayCredentials,
            "the relay does not take this user name and password",
            remedy:
                "Enter the provider's current user name and password in Gmail under Settings > Accounts and "
                + "Import > Send mail as > edit info"),
        RelayRule(
            530...538, ["starttls"], .notEncrypted, .relayCredentials,
            "the client did not encrypt before it logged in",
            remedy: "Choose port 587 with TLS, or 465 with SSL, in Gmail's settings of the alias"),
        RelayRule(
            530...530, [], .notAuthenticated, .relayCredentials,
            "the client did not log in: the settings have no user name and password, or they were not used",
            remedy:
                "Enter user name and password, port 587 and TLS in Gmail under Settings > Accounts and Import > "
                + "Send mail as > edit info"),
        RelayRule(
            534...534, [], .notAuthenticated, .relayCredentials,
            "the server wants another way of logging in, or a log-in by web browser first",
            remedy: "Follow what the server says; a Google account as relay needs an app password"),
        RelayRule(
            538...538, [], .notEncrypted, .relayCredentials, "the server wants encryption before a log-in",
            remedy: "Choose port 587 with TLS, or 465 with SSL, in Gmail's settings of the alias"),

        RelayRule(
            550...554, ["email address is not verified"], ses: true, .unverifiedIdentity, .ses,
            "the sender's address or domain is not verified in that Region; in the sandbox the recipient's must be, too",
            remedy:
                "Verify the domain in SES in the relay's Region: identities are per Region; jada-blast doctor "
                + "shows them all"),
        RelayRule(
            550...554, ["not authorized to perform"], ses: true, .accessDenied, .ses,
            "the credentials are right, and the IAM user behind them may not send as this sender",
            remedy:
                "Allow ses:SendRawEmail on the identity in the IAM user's policy, and look at its conditions"),
        RelayRule(
            550...554, ["access denied"], ses: true, .accessDenied, .ses,
            "the credentials are right, and the IAM user behind them may not send",
            remedy:
                "Allow ses:SendRawEmail on the identity in the IAM user's policy, and look at its conditions"),
        RelayRule(
            400...599, ["sending paused"], ses: true, .sendingPaused, .ses,
            "sending is paused for the account or for a configuration set",
            remedy:
                "Read the mail that AWS sent to the account's address and the SES console's account dashboard; "
                + "resume there once the cause is mended"),
        RelayRule(
            400...599, ["sending suspended"], ses: true, .sendingPaused, .ses,
            "sending is suspended for the account or for a configuration set",
            remedy:
                "Read the mail that AWS sent to the account's address, and the SES console's account dashboard"
        ),
        RelayRule(
            500...599, ["configuration set"], ses: true, .configurationSet, .ses,
            "the mail names a configuration set that is not there, or is not to be used",
            remedy: "Make the configuration set in that Region, or take it out of the identity's settings"),
        RelayRule(
            500...599, ["mail from", "not verified"], ses: true, .mailFromDomain, .ses,
            "the custom MAIL FROM domain has no valid MX record, and the identity refuses mail then",
            remedy: "Publish the MX record that jada-blast doctor shows"),
        RelayRule(
            552...554, ["too long"], .messageTooLarge, .ses, "the message is larger than the server takes",
            remedy: "Send a link instead of the attachment"),
        RelayRule(
            552...552, [], .messageTooLarge, .ses, "the message is larger than the server takes",
            remedy: "Send a link instead of the attachment"),
        RelayRule(
            550...554, ["virus"], .contentRefused, .ses, "the server takes the message for harmful",
            remedy: "Look at the attachments; send what is harmless without them"),
        RelayRule(
            501...501, [], .malformed, .ses, "an address or a command is not of the form that SMTP asks for",
            remedy: "Correct the sender's or the recipient's address"),
        RelayRule(
            553...553, [], ses: true, .malformed, .recipientAddress,
            "an address is not of the form that SMTP asks for", remedy: "Correct the address"),
        RelayRule(
            554...554, ["transaction failed"], ses: true, .malformed, .ses,
            "a header, an address or the form of the message is not as the standards ask",
            remedy: "Correct what the reply names"),
        RelayRule(
            554...554, ["message rejected"], ses: true, .contentRefused, .ses,
            "SES does not want this message",
            remedy: "Correct what the reply names"),
        RelayRule(
            451...451, ["timeout"], .temporary, .network, passes: true,
            "the server waited too long for the client", remedy: "Send again"),
        RelayRule(
            400...499, ["temporary service failure"], ses: true, .temporary, .ses, passes: true,
            "SES could not take the mail now",
            remedy: "Send again in a few minutes; if it stays so, see the AWS Health Dashboard"),
    ]
}
