import BounceDiagnosis
import Testing

/// Replies as mail systems and providers document them, with what they mean.
@Suite("Vendors' replies")
struct VendorReplyTests {
    @Test("a reply to RCPT means what its vendor says", arguments: Self.repliesToRCPT)
    func recipient(reply: String, reason: Reason) throws {
        try check(reply, "in reply to RCPT TO command", reason)
    }

    @Test(
        "a refusal by policy gives no address up, whatever words stand beside it",
        arguments: [
            "554 5.7.1 <guest@example.com>: Recipient address rejected: Access denied",
            "550 5.7.1 Your mail domain is not allowed here",
            "550 5.7.1 Sender is not listed in our directory of partners",
            "550 5.7.1 Please use our new email address form to ask for access",
            "550 5.7.1 This system does not accept mail from your provider",
            "550 5.7.1 unknown host 192.0.2.9", "550 5.7.1 domain not found",
            "550 5.7.1 Sender's address has changed to another network",
            "550 5.7.27 Sender address has null MX",
        ])
    func policy(reply: String) throws {
        let diagnosis = try explain(reply, "in reply to RCPT TO command")
        #expect(!diagnosis.reason.facts.endsAddress && !diagnosis.permanent, "\(diagnosis.reason)")
    }

    @Test("a status code of policy outweighs no outright word on the recipient")
    func outright() throws {
        for reply in ["550 5.7.1 No such user!", "554 5.7.1 <guest@example.com>: user unknown"] {
            #expect(try explain(reply, "in reply to RCPT TO command").permanent, "\(reply)")
            #expect(try !explain(reply, "in reply to end of DATA command").permanent, "\(reply)")
        }
        #expect(try explain("550 5.7.17 Mailbox owner has changed", "in reply to RCPT TO command").permanent)
    }

    @Test("Exchange Online's refusal by its directory is known by its status code")
    func edgeBlocking() throws {
        let words = "[guest@example.com]: Recipient address rejected: Access denied"
        #expect(try explain("550 5.4.1 \(words)", "in reply to RCPT TO command").permanent)
        #expect(try explain("550 5.1.10 \(words)", "in reply to RCPT TO command").permanent)
        #expect(try !explain("550 \(words)", "in reply to RCPT TO command").permanent)
    }

    @Test("a reply to the mail itself means what its vendor says", arguments: Self.repliesToData)
    func data(reply: String, reason: Reason) throws {
        try check(reply, "in reply to end of DATA command", reason)
    }

    @Test("a reply to the greeting means what its vendor says", arguments: Self.greetings)
    func connect(reply: String, reason: Reason) throws { try check(reply, "", reason) }

    private func check(_ reply: String, _ command: String, _ reason: Reason) throws {
        let diagnosis = try explain(reply, command)
        #expect(diagnosis.reason == reason, "\(diagnosis.evidence)")
    }

    private func explain(_ reply: String, _ command: String) throws -> Explanation {
        let words = reply.split(separator: " ")
        let status =
            words.count > 1 && words[1].split(separator: ".").count == 3
            ? String(words[1]) : "\(reply.prefix(1)).0.0"
        let text =
            command.isEmpty
            ? "<guest@example.com>: host mx.example.com[192.0.2.1] refused to talk to me: \(reply)"
            : "<guest@example.com>: host mx.example.com[192.0.2.1] said: \(reply) (\(command))"
        return try Sample.explain(
            Sample.report(
                text: text,
                recipient: "Final-Recipient: rfc822; guest@example.com\nAction: failed\nStatus: \(status)\n"
                    + "Remote-MTA: dns; mx.example.com\nDiagnostic-Code: smtp; \(reply)"))
    }

    private static let repliesToRCPT: [(String, Reason)] = [
        // Gmail: "Gmail SMTP errors and codes".
        (
            "550 5.1.1 The email account that you tried to reach does not exist. Please try 550-5.1.1 double-checking the recipient's email address for typos or 550-5.1.1 unnecessary spaces. Learn more at 550 5.1.1 https://support.google.com/mail/?p=NoSuchUser - gsmtp",
            .userunknown
        ),
        (
            "552 5.2.2 The recipient's inbox is out of storage space. Please direct the recipient to https://support.google.com/mail/?p=OverQuotaPerm - gsmtp",
            .mailboxfull
        ),
        (
            "452 4.2.2 The email account that you tried to reach is over quota and inactive. https://support.google.com/mail/?p=OverQuotaTemp - gsmtp",
            .mailboxfull
        ),
        (
            "550 5.2.1 The email account that you tried to reach is disabled. https://support.google.com/mail/?p=DisabledUser - gsmtp",
            .suspend
        ),
        ("550 5.2.1 The email account that you tried to reach is inactive. - gsmtp", .suspend),
        (
            "450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages from being delivered. - gsmtp",
            .speeding
        ),
        ("550 5.7.1 Email quota exceeded. - gsmtp", .toomanyconn),
        (
            "553 5.1.2 We weren't able to find the recipient domain. Please check for any spelling errors - gsmtp",
            .hostunknown
        ),
        ("421 4.7.0 TLS required for RCPT domain, closing connection. - gsmtp", .failedstarttls),
        ("550 5.7.0 Mail relay denied - gsmtp", .norelaying),
        // Yahoo and AOL.
        (
            "554 delivery error: dd This user doesn't have a yahoo.com account (guest@yahoo.com) [0] - mta1001.mail.gq1.yahoo.com",
            .userunknown
        ),
        (
            "554 30 Sorry, your message to guest@yahoo.com cannot be delivered. This mailbox is disabled (554.30).",
            .suspend
        ),
        ("552 1 Requested mail action aborted, mailbox not found", .userunknown),
        // Outlook.com, Exchange Online and Exchange.
        ("550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).", .userunknown),
        (
            "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient guest@example.com not found by SMTP address lookup",
            .userunknown
        ),
        (
            "550 5.4.1 Recipient address rejected: Access denied. [DB5EUR01FT003.eop-EUR01.prod.protection.outlook.com]",
            .userunknown
        ),
        (
            "550 5.7.129 RESOLVER.RST.RestrictedToRecipientsPermission; not authorized to send to recipient because the sender isn't on the recipient's list of senders to accept mail from",
            .securityerror
        ),
        (
            "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required; Delivery restriction check failed because the sender was not authenticated when sending to this group",
            .securityerror
        ),
        ("550 5.7.64 TenantAttribution; Relay Access Denied SMTP", .norelaying),
        (
            "554 5.2.2 mailbox full; STOREDRV.Deliver; mailbox full. The following information should help identify the cause of this problem",
            .mailboxfull
        ),
        ("432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded", .toomanyconn),
        (
            "550 5.1.351 Remote server returned unknown recipient or mailbox unavailable -> 550 5.1.1 <guest@example.com>: user unknown",
            .userunknown
        ),
        ("451 4.7.500 Server busy. Please try again later from [192.0.2.1].", .systemerror),
        ("550 5.7.1 Service unavailable, Client host [192.0.2.1] blocked using Spamhaus", .blocked),
        // iCloud.
        ("550 5.1.1 <guest@icloud.com>: user does not exist", .userunknown),
        ("552 5.2.2 <guest@icloud.com>: user is over quota", .mailboxfull),
        ("550 5.7.0 Blocked - see https://support.proofpoint.com/dnsbl-lookup.cgi?ip=192.0.2.1", .blocked),
        // Postfix, Exim, Sendmail, qmail, OpenSMTPD.
        (
            "550 5.1.1 <guest@example.com>: Recipient address rejected: User unknown in local recipient table",
            .userunknown
        ), ("450 4.2.0 <guest@example.com>: Recipient address rejected: Greylisted", .blocked),
        ("554 5.7.1 <guest@example.com>: Relay access denied", .norelaying),
        ("450 4.1.8 <crew@example.org>: Sender address rejected: Domain not found", .rejected),
        (
            "550 5.1.0 <crew@example.org>: Sender address rejected: User unknown in virtual mailbox table",
            .rejected
        ), ("553 5.7.1 <crew@example.org>: Sender address rejected: not owned by user crew", .rejected),
        ("554 5.7.1 <mail.example.org[192.0.2.9]>: Client host rejected: Access denied", .blocked),
        ("450 4.7.1 Client host rejected: cannot find your hostname, [192.0.2.9]", .requireptr),
        ("504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname", .blocked),
        ("550 Unrouteable address", .hostunknown), ("550 Sender verify failed", .rejected),
        ("550 Administrative prohibition", .rejected),
        ("550 relay not permitted", .norelaying),
        ("553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", .norelaying),
        ("511 sorry, no mailbox here by that name (#5.1.1 - chkuser)", .userunknown),
        ("553 5.3.0 <guest@example.com>... No such user here", .userunknown),
        ("550 5.1.1 <guest@example.com>... User unknown", .userunknown),
        ("551 5.1.6 <guest@example.com>... User has moved; please try <ann@example.net>", .hasmoved),
        ("550 5.7.1 <guest@example.com>... Relaying denied", .norelaying),
        ("452 4.5.3 Too many recipients", .toomanyconn), ("550 5.2.2 mailbox is full", .mailboxfull),
        ("552 5.2.3 message exceeds the recipient's size limit", .exceedlimit),
        ("550 5.1.1 Invalid recipient: <guest@example.com>", .userunknown),
        ("550 Mailbox not found. http://service.mail.qq.com/detail/122/168", .userunknown),
        ("550 Domain frequency limited.", .toomanyconn),
        ("550 5.1.1 unknown or illegal alias: guest@example.com", .userunknown),
        (
            "550-Verification failed for <crew@example.org> 550-No Such User Here 550 Sender verify failed",
            .rejected
        ),
        ("550 permanent failure for one or more recipients (guest@example.com:550 5.1.1 ...)", .userunknown),
        ("550 Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550", .userunknown),
        ("550 5.7.1 Recipient not authorized, your IP has been found on a block list", .blocked),
        ("550 5.1.1 sorry, user unknown", .userunknown), ("552 Account storage limit", .mailboxfull),
        ("550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR_416", .userunknown),
        ("550 5.2.1 mailbox disabled, not accepting messages", .suspend),
        ("521 5.2.1 The user has been suspended", .suspend),
        ("550 Mailbox unavailable or access denied", .speeding),
        ("550 non-local recipient verification failed", .userunknown),
        ("551 not our user; please try again", .userunknown),
        (
            "550 5.1.2 Bad destination host 'DNS Hard Error looking up example.invalid (MX): NXDomain'",
            .hostunknown
        ),
        ("550 5.7.1 No such user! (guest@yandex.ru)", .userunknown),
        ("550 5.7.1 Policy rejection on the target address", .policyviolation),
        (
            "550 Message was not accepted -- invalid mailbox. Local mailbox guest@mail.ru is unavailable: user not found",
            .userunknown
        ),
        (
            "550 Message was not accepted -- invalid mailbox. Local mailbox guest@mail.ru is unavailable: account is disabled",
            .suspend
        ),
        ("550 user is terminated", .suspend),
        ("552 5.2.2 mailbox of guest@mail.ru is full", .mailboxfull),
        (
            "550 Requested action not taken: mailbox unavailable For explanation visit https://postmaster.gmx.net",
            .userunknown
        ),
        (
            "450 Requested mail action not taken: mailbox unavailable. Too many connections from your IP",
            .toomanyconn
        ),
        ("550-5.1.1 user unknown / Teilnehmer existiert nicht", .userunknown),
        ("550 5.2.2 guest@t-online.de Mailbox quota exceeded / Mailbox voll.", .mailboxfull),
        ("550 5.1.1 guest@free.fr: Recipient address rejected: User unknown", .userunknown),
        ("550 5.2.1 This mailbox has been blocked due to inactivity", .suspend),
        ("550 5.1.1 Mailbox <guest@naver.com> does not exist", .userunknown),
        ("550 5.1.1 User not found: guest@163.com", .userunknown),
        ("550 User suspended", .suspend),
        ("451 4.7.1 Please try again later, greylisting in action", .blocked),
        ("550 5.7.1 Sender has exceeded the number of allowed recipients per day", .toomanyconn),
        ("554 5.7.1 <guest@example.com>: Recipient address rejected: Access denied", .policyviolation),
        ("550 5.1.1 Recipient address rejected: {Gateway} User unknown", .userunknown),
        ("550 5.1.1 RCP-P1 The recipient does not exist", .userunknown),
        ("550 5.4.1 Relay Access Denied", .norelaying),
        ("550 sorry, the recipient's account has been suspended", .suspend),
        ("550 <guest@rackspace.example> account is administratively disabled", .suspend),
        ("550 5.2.1 The account guest@example.com has been closed", .suspend),
        ("550 5.7.13 user disabled; cannot receive new mail", .suspend),
        (
            "556 5.1.10 <guest@example.com>: Recipient address rejected: Domain example.com does not accept mail (nullMX)",
            .notaccept
        ),
        ("521 5.3.2 mx.example.com does not accept mail", .notaccept),
        ("550 5.1.2 <guest@exmaple.com>: Recipient address rejected: Domain not found", .hostunknown),
        ("550 Address family not supported; relay access denied", .norelaying),
        ("551 5.7.1 sender's domain is not allowed here", .rejected),
        (
            "553 5.1.8 <crew@example.org>... Domain of sender address crew@example.org does not exist",
            .rejected
        ),
        ("550 5.1.1 Destination mailbox address invalid", .userunknown),
        ("550 #5.1.0 Address rejected.", .userunknown),
        ("550 #5.7.1 Your access to submit messages to this e-mail system has been rejected.", .rejected),
        ("554 5.7.1 Sorry, no mailbox here by that name", .userunknown),
        ("452 4.1.1 <guest@example.com> mailbox full", .mailboxfull),
        ("550 5.7.0 This mailbox does not accept messages from outside of the organization", .securityerror),
    ]

    private static let repliesToData: [(String, Reason)] = [
        (
            "550 5.7.1 Our system has detected that this message is likely unsolicited mail. To reduce the amount of spam sent to Gmail, this message has been blocked. - gsmtp",
            .spamdetected
        ),
        (
            "550 5.7.26 This mail has been blocked because the sender is unauthenticated. Gmail requires all senders to authenticate with either SPF or DKIM. - gsmtp",
            .authfailure
        ),
        (
            "550 5.7.26 Unauthenticated email from example.org is not accepted due to domain's DMARC policy. - gsmtp",
            .authfailure
        ),
        (
            "552 5.7.0 This message was blocked because its content presents a potential security issue. - gsmtp",
            .policyviolation
        ), ("552 5.3.4 Your message exceeded Google's message size limits. - gsmtp", .mesgtoobig),
        (
            "550 5.7.1 This message does not have authentication information or fails to pass authentication checks (SPF or DKIM).",
            .authfailure
        ),
        (
            "550 5.7.1 This message is not RFC 5322 compliant. There are multiple From headers. - gsmtp",
            .notcompliantrfc
        ),
        (
            "550 5.7.1 The IP you're using to send mail is not authorized to send email directly to our servers. - gsmtp",
            .blocked
        ),
        (
            "421 4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your IP address. - gsmtp",
            .speeding
        ),
        (
            "550 5.7.1 Gmail has detected that this message is likely suspicious due to the very low reputation of the sending domain. - gsmtp",
            .badreputation
        ),
        (
            "554 5.7.9 Message not accepted for policy reasons. See https://senders.yahooinc.com/error-codes",
            .policyviolation
        ),
        (
            "550 5.7.509 Access denied, sending domain example.org does not pass DMARC verification and has a DMARC policy of reject.",
            .authfailure
        ),
        (
            "550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by organization policy",
            .policyviolation
        ),
        (
            "550 5.7.520 Message blocked because it contains content identified as spam. AS(4810)",
            .spamdetected
        ),
        ("550 5.7.501 Access denied, spam abuse detected.", .spamdetected),
        (
            "550 5.7.515 Access denied, sending domain example.org doesn't meet the required authentication level.",
            .authfailure
        ),
        (
            "554 5.7.1 [CS01] Message rejected due to local policy. Please visit https://support.apple.com/en-us/HT204137",
            .policyviolation
        ), ("554 5.7.1 [HM08] Message rejected due to local policy.", .policyviolation),
        (
            "554 Email rejected due to security policies - https://community.mimecast.com/docs/DOC-1369#554",
            .policyviolation
        ), ("550 Rejected by header based Anti-Spoofing policy: crew@example.org", .policyviolation),
        ("550 Envelope blocked - User Domain Entry - https://community.mimecast.com", .policyviolation),
        ("554 5.7.1 Message blocked due to spam content in the message.", .spamdetected),
        ("552 5.2.0 message rejected: spam score 12", .spamdetected),
        ("554 rejected due to spam content", .spamdetected),
        ("550 5.7.1 Message contains a virus: Eicar-Test-Signature", .virusdetected),
        ("554 5.7.1 virus Win.Test.EICAR detected by ClamAV", .virusdetected),
        ("552 5.3.4 Message size exceeds fixed limit", .mesgtoobig),
        ("552 Message size exceeds maximum value", .mesgtoobig),
        ("550 5.6.9 improper use of 8-bit data in message header", .contenterror),
        ("554 5.7.1 The file type of an attachment is not allowed", .policyviolation),
        ("550 5.7.1 blocked by content filter, uri listed in SURBL", .spamdetected),
        ("550 Mail content denied. http://service.mail.qq.com/detail/0/622", .spamdetected),
        ("550 High probability of spam", .spamdetected),
        ("554 5.6.0 This message has been identified as spam by Barracuda", .spamdetected),
        ("452 4.3.1 Insufficient system storage", .systemfull),
        ("451 4.3.0 Error: queue file write error", .systemerror),
        ("554 5.4.14 Hop count exceeded - possible mail loop", .networkerror),
        ("550 Maximum line length exceeded", .contenterror),
        ("550 5.7.0 Local policy violation - https://support.zoho.com", .policyviolation),
        ("554 5.3.0 Error: command failed: mailer error", .mailererror),
        ("550 5.4.6 Too many hops", .networkerror), ("550 spf check failed for example.org", .authfailure),
        ("554 5.7.1 Message rejected under suspicion of SPAM; https://ya.cc/1IrBc", .spamdetected),
        ("550 spam message rejected. Please visit http://help.mail.ru/notspam-support", .spamdetected),
        (
            "554 5.7.1 The message from (<crew@example.org>) with the subject of (Hello) matches a profile the Internet community may consider spam. Please revise your message before resending.",
            .spamdetected
        ),
        ("554 Message refused - virus found", .virusdetected),
        ("550 5.7.1 Message rejected: DKIM verification failed", .authfailure),
        ("550 SPF: 192.0.2.1 is not allowed to send mail from example.org", .authfailure),
        ("550 5.7.23 The message was rejected because of Sender Policy Framework violation", .authfailure),
        ("554 5.7.1 DMARC policy violation", .authfailure),
        ("550 5.7.1 Email rejected per DMARC policy for example.org", .authfailure),
        ("552 5.3.4 Message too big for system", .mesgtoobig),
        ("552 5.2.3 Message length exceeds administrative limit", .exceedlimit),
        ("554 5.6.0 Message contains invalid header", .contenterror),
        ("550 5.7.1 Attachment type .exe is not permitted", .policyviolation),
        ("554 5.7.1 Rejected for policy reasons (URL listed)", .policyviolation),
        ("451 4.3.0 Mail server temporarily rejected message. - gsmtp", .systemerror),
        ("451 4.4.2 Timeout - closing connection. - gsmtp", .expired),
        ("550 5.7.1 Message rejected as bulk", .spamdetected),
        ("554 DT:SPM 163 smtp, please see http://mail.163.com/help/help_spam_16.htm", .spamdetected),
        ("550 Denied by content filter", .spamdetected),
        ("452 4.2.2 Quota exceeded (mailbox for user is full)", .mailboxfull),
        ("550 user has refused this mail", .filtered),
        (
            "550 5.7.1 Our system has detected an unusual rate of unsolicited mail originating from your IP address. - gsmtp",
            .blocked
        ),
    ]

    private static let greetings: [(String, Reason)] = [
        (
            "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1",
            .badreputation
        ),
        (
            "553 5.7.2 [TSS09] All messages from 192.0.2.1 will be permanently deferred; Retrying will NOT succeed.",
            .badreputation
        ),
        ("554 mx.example.com ESMTP not accepting connections", .blocked),
        (
            "550 5.7.1 [192.0.2.1] Messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140).",
            .blocked
        ),
        (
            "554-mail.gmx.net (mxgmx016) Nemesis ESMTP Service not available 554-No SMTP service 554-Bad DNS PTR resource record.",
            .requireptr
        ), ("554 Service unavailable; Client host [192.0.2.1] blocked using bl.spamcop.net", .blocked),
        ("421 4.3.2 Connection rate limit exceeded.", .toomanyconn),
        ("421 Too many concurrent SMTP connections; please try again later.", .toomanyconn),
        ("554 5.7.1 You've reached a Symantec Email Security.cloud blocklisted address", .blocked),
        (
            "421 imta28.emeryville.ca.mail.comcast.net comcast Reverse DNS failure: Try again later",
            .requireptr
        ),
        (
            "554 resimta-po-15v.sys.comcast.net comcast 192.0.2.1 found on one or more DNSBLs, see http://postmaster.comcast.net",
            .blocked
        ),
        ("554 5.7.1 ACL dns_rbl; Client host [192.0.2.1] blocked using all.spam-rbl.example", .blocked),
        ("421 4.7.1 Your IP has poor reputation on SenderBase", .badreputation),
        ("554 IP=192.0.2.1 - A problem occurred. (Ask your postmaster for help) (BL)", .blocked),
        (
            "421 mwinf5c04 ME Trop de connexions, veuillez verifier votre configuration. Too many connections, slow down. OFR004_104 [104]",
            .toomanyconn
        ), ("550 5.7.1 Connection refused. 192.0.2.1 has a poor reputation on Cisco Talos", .badreputation),
        (
            "550 5.7.1 Service unavailable; client [192.0.2.1] blocked using Trend Micro Email Reputation Service",
            .blocked
        ),
        (
            "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using b.barracudacentral.org; http://www.barracudanetworks.com/reputation/?pr=1&ip=192.0.2.1",
            .blocked
        ),
        ("421 4.7.0 192.0.2.1 has been temporarily rate limited due to IP reputation", .badreputation),
        ("550 IP 192.0.2.1 is blocked by EarthLink. Go to earthlink.net/block for details.", .blocked),
        ("554 Blocked - see http://csi.cloudmark.com/reset-request/?ip=192.0.2.1", .blocked),
        ("421 Refused. You have no reverse DNS entry.", .requireptr),
        ("450 4.7.25 Client host rejected: cannot find your hostname", .requireptr),
        ("421 4.7.0 Too many errors from your IP", .toomanyconn),
        ("554 5.7.1 Your mail server 192.0.2.1 is listed in Invaluement", .blocked),
        ("421 4.4.5 Too many SMTP sessions for this host", .toomanyconn),
        ("554-No SMTP service 554 IP address is block listed.", .blocked),
        ("421 4.7.0 Try again later, closing connection. - gsmtp", .blocked),
        ("421 4.7.0 IP not in whitelist for RCPT domain, closing connection. - gsmtp", .blocked),
    ]
}
