/// What is said of a message: content, size, form, and a recipient system's rules about them.
extension Rule {
    static let contentRules: [Rule] = [
        Rule(
            .mesgtoobig, .decisive,
            of: "RFC 3463 x.3.4; RFC 1870; Exchange; Postfix message_size_limit; Gmail MaxSizeError",
            [
                "exceeded maximum inbound message size", "message size exceeds", "message too large for this",
                "message too large", "message too big", "message is too large", "message is too big",
                "message too long", "message is too long", "size limit exceeded", "mail size limit",
                "message size limit", "exceeds fixed maximum message size", "exceeds maximum message size",
                "exceeds the maximum message size", "maximum message size", "message size fixed limit",
                "message exceeded size", "exceeded size limit", "exceeds size limit", "message file too big",
                "message file too large", "message length exceeds", "message larger than",
                "message size * exceed", "exceeded message size limits", "exceeded google's message size",
                "message header size", "data size exceeded", "max message size exceeded", "mail size exceeds",
                "mail is too large", "your message was too big", "line limit exceeded", "size limit",
                "too big for system", "resolver.rst.sendsizelimit", "sendsizelimit", "body too large",
                "mail too large", "databytes limit", "exceeds my databytes",
            ]),
        Rule(
            .exceedlimit, .decisive, of: "RFC 3463 x.2.3; Exchange RESOLVER.RST.RecipSizeLimit",
            [
                "recipsizelimit", "message length exceeds administrative limit", "exceeds the recipient's",
                "too large for this recipient", "resolver.rst.recipsizelimit",
                "maximum size the user accepts",
            ]),

        Rule(
            .virusdetected, .decisive, of: "ClamAV, amavis, Symantec, Trend Micro InterScan, Cisco",
            [
                "potentially executable attachment", "form of attachment has been used by recent viruses",
                "malicious_url", "virus detected", "virus * detected", "virus found", "virus infected",
                "contains a virus", "contained a virus", "contains virus", "infected with",
                "infected message", "message infected", "carrying a virus", "has a virus", "ransomware",
                "phishing attempt", "was infected", "content - virus", "infected:",
            ]),

        Rule(
            .policyviolation, .decisive,
            of:
                "Mimecast, Yahoo PH01, Gmail BlockedMessage, Exchange transport rules (5.7.1 TRANSPORT.RULES), AUP",
            [
                "because its content presents a potential security issue", "potential security issue",
                "message not accepted for policy reasons", "not accepted for policy reasons",
                "attachment on your message", "non-member to a members-only list", "closed mailing list",
                "organizational settings", "message given low priority", "multiple addresses",
                "organization policy", "images or other attachments", "mass mailer",
                "not subscribed to this group", "policy reasons", "for policy reason", "policy violation",
                "envelope blocked", "host network not allowed", "policy restrictions", "violation of policy",
                "violates policy", "against policy", "local policy", "administrative policy",
                "email rejected per * policy", "email rejected per security policy", "rejected per policy",
                "rejected by policy", "blocked by policy", "policy rejection", "policy reject",
                "denied by policy", "security policies", "security policy",
                "delivery not authorized, message refused", "transport.rules", "rejected by a transport rule",
                "custom mail flow rule", "rejected by a mail flow rule", "organization's policy",
                "due to policy", "due to * policy", "content policy", "message policy",
                "prohibited attachment", "attachment type", "attachment not allowed", "file type",
                "executable attachment", "attachments are not allowed", "attachment blocked",
                "attachment * not permitted", "blocked attachment", "banned filename", "banned content",
                "banned file", "illegal attachment", "we do not accept attachments", "contains an unallowed",
                "denied by the policy", "rejected by header based", "anti-spoofing policy", "spoof", "forged",
                "you have exceeded the allowable number of posts without solving a captcha", "rule imposed",
                "because of a rule", "recipient restrictions", "aup#", "closed: policy", "email policy",
                "rejected for policy", "user is not allowed", "violates our", "according to our policy",
                "message rejected due to local policy", "message rejected due to content restrictions",
                "blocked by the organization", "message is not accepted by policy", "acceptable use",
                "unsafe content", "restricted content", "link * not allowed", "protocol violation",
                "tls required by policy", "mail appears to be unsolicited - rejected",
                "message permanently deferred due to * policy", "prohibited by administrator",
                "administratively prohibited", "disallowed", "access control", "banned:", "banned contents",
            ]),

        Rule(
            .spamdetected, .decisive,
            of:
                "SpamAssassin, Gmail 5.7.1, Barracuda, Proofpoint, Symantec, Trend Micro, Exchange Online 5.7.1 spam, Cloudmark, Rspamd, Yandex, Mail.ru",
            [
                "anti spam engine", "bulk.advertising", "rejecting banned content", "rejecting mail content",
                "recurrent pattern detection", "blocked by our filter", "sender domain listed at",
                "does not meet our delivery requirements", "uribl", "editorial content", "spam or virus",
                "high probability", "percent probability", "unsolicited bulk e-mail", "unsolicited junk",
                "spam detected", "detected as spam", "spam message", "spam content", "considered spam",
                "considered as spam", "classified as spam", "identified as spam", "recognized as spam",
                "marked as spam", "looks like spam", "appears to be spam", "appears spammy",
                "likely unsolicited", "unsolicited mail", "unsolicited email", "unsolicited bulk",
                "unsolicited message", "unsolicited commercial", "bulk email", "bulk mail", "probable spam",
                "possible spam", "probably spam", "suspected spam", "suspicion of spam",
                "suspected to be spam", "spam score", "spam rejected", "reject spam", "rejected as spam",
                "rejected because of spam", "rejected due to spam", "identified spam", "blocked as spam",
                "refused as spam", "spam filter", "spam blocked", "spam rule", "spam check", "spam-like",
                "spamlike", "spam-related", "spam source", "spam limits", "spam points", "spam level",
                "spam threshold", "spam rejection", "spam mail", "anti-spam", "antispam", "junk mail",
                "spamassassin", "the message was rejected because of * spam", "message content rejected",
                "content rejected", "message contains spam", "contains spam",
                "message blocked due to the spam", "is unsolicited", "high on spam scale",
                "mail content denied", "suspicious content", "content denied", "content filter",
                "content looks", "rejected by content", "rejected by our spam", "triggered a spam",
                "spamtrap", "rspamd", "message contains suspicious", "appears to be unsolicited",
                "unsolicited", "rejected: spam", "blocked by our content", "blocked by * filter",
                "message was identified", "spam abuse detected", "spam abuse", "rejected as bulk",
            ]),

        Rule(
            .spamdetected, of: "many",
            [
                "spam", "spam.", "spam or", "for spam", "is spam", "as spam", "no spam", "uce", "was spam",
                "spam not", "spamming", "message looks", "header content",
            ]),
        Rule(
            .virusdetected, of: "many",
            ["viruses", "worm", "trojan", "malware", "virus scan", "virus in", "known virus"]),
        Rule(.mesgtoobig, of: "many", ["exceeds maximum", "message exceeds", "size exceed"]),
        Rule(
            .notcompliantrfc, .decisive,
            of: "RFC 5322; Gmail 5.7.1 'Messages missing a valid address', 'duplicate headers'",
            [
                "not rfc compliant", "not rfc 5322", "rfc 5322", "rfc5322", "rfc 2822", "rfc2822", "rfc 822",
                "rfc compliant", "not compliant", "missing a valid messageid",
                "missing a valid address in from", "multiple from headers", "header field * missing",
                "missing required header", "missing from header", "missing date header", "missing message-id",
                "violates rfc", "message is not rfc", "this message is not * compliant", "bare <cr>",
                "bare <lf>", "bare lf", "bare cr",
            ]),
        Rule(
            .contenterror, .decisive, of: "Amazon SES; Gmail",
            ["duplicate header", "line length exceeded", "improper use of 8-bit data"]),
        Rule(
            .securityerror, .decisive, of: "SendGrid, Postfix, Exchange: no log-in, no permission",
            [
                "authentication turned on in your email client",
                "executable files are not allowed in compressed", "insufficient security or privacy",
                "verification failure", "don't authenticate or the domain",
                "unauthenticated senders not allowed", "authentication required", "authrequired",
                "client was not authenticated", "sender not authenticated for group",
            ]),
        Rule(
            .contenterror, of: "RFC 3463 x.6; MIME errors; Postfix header_checks; Exchange 5.6.x; SMTPUTF8",
            [
                "rejected due to content", "header size exceeds maximum permitted",
                "message header size, or recipient list", "mime complexity", "invalid mime headers",
                "improperly-formatted binary", "unnecessary base64", "too many \"received\" headers",
                "charset not supported", "invalid mime", "8-bit data in message header", "header error",
                "bad header", "malformed mime", "malformed header", "mime error", "unsupported content",
                "content type", "content-type", "line too long", "lines longer than", "illegal characters in",
                "non-ascii", "smtputf8 is required", "unsupported charset", "invalid header",
                "missing subject", "routing loop detected -- too many received: headers",
                "too many received: headers", "message could not be parsed", "message not accepted: header",
                "invalid content", "8bitmime", "this message contains invalid", "empty message",
                "syntax error in header",
            ]),

        Rule(
            .failedstarttls, .decisive, of: "RFC 3207; RFC 8461; Exchange Online 4.7.5, 5.7.10; Postfix TLS",
            [
                "starttls is required", "must issue a starttls", "must issue starttls", "tls required",
                "tls is required", "tls-required", "starttls required", "starttls", "tls negotiation",
                "tls handshake", "ssl handshake", "cannot start tls", "could not negotiate",
                "encryption required", "encryption needed", "certificate verification failed",
                "certificate verify", "untrusted certificate", "remote certificate", "mta-sts", "dane",
                "requires tls", "require tls", "needs encryption", "server certificate",
                "tls is not available",
            ]),
        Rule(
            .policyviolation, of: "Postfix: a REJECT of its access tables (554 5.7.1)",
            ["rejected: access denied"]),
        Rule(
            .securityerror,
            of: "RFC 4954; RFC 3463 x.7; Exchange RESOLVER.RST.AuthRequired, 5.7.124, 5.7.133",
            [
                "requires authentication", "not authenticated", "authentication failed",
                "authentication failure", "must be authenticated", "authentication is required", "smtp auth",
                "please log in", "login required", "must authenticate", "authenticate first",
                "not authorized", "not authorised", "delivery restriction",
                "delivery to this address is restricted", "does not have permission", "access denied",
                "delivery not authorized", "username and password not accepted", "you do not have permission",
                "sendershaspermission", "only accepts messages from people in its organization",
                "only from authenticated", "sender is not allowed", "you're not allowed to send",
                "not permitted to send", "permission denied", "accessdenied", "sorry, you must authenticate",
                "executable files are not allowed",
            ]),
        Rule(
            .securityerror, .weak, of: "many",
            [
                "restricted", "permission", "insecure", "security", "not permitted", "not allowed",
                "unauthorized",
            ]),
        Rule(
            .contenterror, .weak, of: "many",
            ["message body", "conversion", "message header", "mail header", "message content"]),

    ]
}
