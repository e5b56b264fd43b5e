package import Deliverability

/// Why a mail was not delivered, in the words that sisimai (https://libsisimai.org/en/reason/) has made common.
package enum Reason: String, Sendable, Hashable, CaseIterable, Codable {
    case authfailure, badreputation, blocked, contenterror, delivered, exceedlimit, expired, failedstarttls
    case feedback, filtered, hasmoved, hostunknown, mailboxfull, mailererror, mesgtoobig, networkerror
    case norelaying, notaccept, notcompliantrfc, onhold, policyviolation, rejected, requireptr, securityerror
    case spamdetected, speeding, suppressed, suspend, syntaxerror, systemerror, systemfull, toomanyconn
    case undefined, userunknown, vacation, virusdetected
}

/// What holds for a reason wherever it is found.
package struct ReasonFacts: Sendable {
    /// What is the case, one sentence without a final stop.
    package var meaning: String
    /// `nil` where nothing has failed.
    package var layer: Layer?
    /// Whether the address is to be given up: no later mail to it, whatever it holds and whoever sends it, arrives.
    package var endsAddress: Bool
    /// An imperative sentence without a final stop; `nil` where nothing is to be done.
    package var remedy: String?

    fileprivate init(_ layer: Layer?, ends: Bool = false, _ meaning: String, _ remedy: String?) {
        self.meaning = meaning
        self.layer = layer
        endsAddress = ends
        self.remedy = remedy
    }
}

extension Reason {
    package var facts: ReasonFacts {
        switch self {
        case .authfailure:
            ReasonFacts(
                .senderAuthentication,
                "the recipient's system found neither SPF nor DKIM to speak for the sender's domain, or DMARC failed",
                "Run jada-blast doctor, and publish the SPF, DKIM and DMARC records that it shows; then send again"
            )
        case .badreputation:
            ReasonFacts(
                .reputation, "the sending address or domain has a bad name with the recipient's provider",
                "Look at complaints and bounces of late, send only to who wants it, and ask the provider's postmaster page"
            )
        case .blocked:
            ReasonFacts(
                .reputation, "the recipient's system blocks the address or network that the mail came from",
                "Look up the blocklist that the reply names; an address of SES is AWS's to have delisted, in a support case"
            )
        case .contenterror:
            ReasonFacts(
                .recipientPolicy, "the message is not formed as the recipient's system wants it",
                "Correct the header or part that the reply names")
        case .delivered:
            ReasonFacts(nil, "the mail was delivered, or handed on to a system that tells no more", nil)
        case .exceedlimit:
            ReasonFacts(
                .recipientPolicy, "the message is beyond a limit of that recipient's",
                "Send a smaller message, or a link instead of the attachment")
        case .expired:
            ReasonFacts(
                .network,
                "the mail waited too long for the recipient's system to answer, and was given up or is late",
                "Send again tomorrow; if it stays so, look whether the recipient's domain has mail servers that answer"
            )
        case .failedstarttls:
            ReasonFacts(
                .network, "the two systems could not agree on encryption",
                "Tell the recipient's postmaster; nothing is wrong with the address")
        case .feedback:
            ReasonFacts(
                .reputation, "the recipient, or the recipient's provider, complains about the mail",
                "Do not mail this address again, and look at how it came onto the list")
        case .filtered:
            ReasonFacts(
                .recipientPolicy,
                "the recipient's rules, or a filter in front of the mailbox, refused the mail",
                "Reach the recipient in another way, and ask to have the sender allowed")
        case .hasmoved:
            ReasonFacts(
                .recipientAddress, ends: true, "the recipient has another address now",
                "Use the new address, which the reply may name")
        case .hostunknown:
            ReasonFacts(
                .recipientAddress, ends: true,
                "the domain of the address does not exist, or has no mail server",
                "Look for a slip in the part behind the @; else take the address off the list")
        case .mailboxfull:
            ReasonFacts(
                .mailbox, "the recipient's mailbox is full",
                "Send again in a few days; reach the recipient in another way if it is urgent")
        case .mailererror:
            ReasonFacts(
                .network, "a program that delivers or sorts the recipient's mail failed",
                "Tell the recipient's postmaster; send again later")
        case .mesgtoobig:
            ReasonFacts(
                .recipientPolicy, "the message is larger than the recipient's system takes",
                "Send a link instead of the attachment")
        case .networkerror:
            ReasonFacts(
                .network, "the recipient's system could not be reached, or mail for it runs in a circle",
                "Send again later; if it stays so, tell the recipient's postmaster")
        case .norelaying:
            ReasonFacts(
                .recipientPolicy, "the server does not take mail for that domain, or not from there",
                "Look whether the recipient's domain points to the right mail server; tell its postmaster")
        case .notaccept:
            ReasonFacts(
                .recipientAddress, ends: true, "the domain takes no mail at all",
                "Look for a slip in the part behind the @; else take the address off the list")
        case .notcompliantrfc:
            ReasonFacts(
                .recipientPolicy,
                "the message breaks a rule of RFC 5322 that the recipient's system insists on",
                "Correct the header that the reply names")
        case .onhold:
            ReasonFacts(
                .unknown, "the report says something that none of the rules knows", "Read the evidence")
        case .policyviolation:
            ReasonFacts(
                .recipientPolicy, "the mail is against a rule of the recipient's system",
                "Read which rule the reply names: links, attachments, forwarding, or the sender; ask the postmaster"
            )
        case .rejected:
            ReasonFacts(
                .recipientPolicy, "the recipient's system refused the sender's address",
                "Look whether the sender's address exists and takes mail; ask the recipient to allow it")
        case .requireptr:
            ReasonFacts(
                .senderAuthentication,
                "the address that the mail came from has no name in reverse DNS, or a wrong one",
                "Have the reverse DNS of the sending address set; SES's addresses have theirs, so look what else sent it"
            )
        case .securityerror:
            ReasonFacts(
                .recipientPolicy,
                "the recipient's system wants a log-in, a permission or encryption that the mail had not",
                "Ask the recipient to have the sender allowed: the group or mailbox may take mail from inside only"
            )
        case .spamdetected:
            ReasonFacts(
                .recipientPolicy, "the recipient's system takes the message for spam",
                "Look at subject, links and pictures; send to who expects it; ask the recipient to allow the sender"
            )
        case .speeding:
            ReasonFacts(
                .reputation, "more mail came in a short time than the recipient's system wants",
                "Send slower to that provider, and again later")
        case .suppressed:
            ReasonFacts(
                .suppressionList,
                "SES took the mail and did not send it: the address is on a suppression list",
                "See jada-blast suppression; take the address off only once it is known to work")
        case .suspend:
            ReasonFacts(
                .mailbox, "the recipient's account is disabled or suspended",
                "Reach the recipient in another way; leave the address out if it stays so")
        case .syntaxerror:
            ReasonFacts(
                .network, "one of the two systems did not understand an SMTP command of the other",
                "Look for a slip in the address; else tell the recipient's postmaster")
        case .systemerror:
            ReasonFacts(
                .network, "the recipient's system has a fault or a wrong configuration",
                "Send again later; if it stays so, tell the recipient's postmaster")
        case .systemfull:
            ReasonFacts(
                .network, "the disk of the recipient's system is full",
                "Send again later; if it stays so, tell the recipient's postmaster")
        case .toomanyconn:
            ReasonFacts(
                .reputation, "more connections, or more mail at once, than the recipient's system takes",
                "Send slower to that provider, and again later")
        case .undefined:
            ReasonFacts(
                .unknown, "the report does not say why", "Ask the recipient's postmaster, with the evidence")
        case .userunknown:
            ReasonFacts(
                .recipientAddress, ends: true, "there is no such mailbox",
                "Look for a slip in the address; else take it off the list")
        case .vacation:
            ReasonFacts(.mailbox, "the recipient is away, and the mail has arrived", nil)
        case .virusdetected:
            ReasonFacts(
                .recipientPolicy, "the recipient's system takes the message for harmful",
                "Look at the attachments and links, and send what is harmless without them")
        }
    }
}
