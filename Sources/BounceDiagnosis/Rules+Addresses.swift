/// What is said of recipients: whether there are such, and whether their mailboxes take mail.
extension Rule {
    static let addressRules: [Rule] = [
        Rule(
            .hasmoved, .decisive, of: "RFC 5321 section 3.4 (551, 251); RFC 3463 x.1.6; Sendmail REDIRECT",
            [
                "has moved to", "user has moved", "has been replaced by", "has changed to", "address has changed",
                "no longer valid, please use", "please try <", "user not local; please try", "recipient has moved",
                "mailbox has moved", "new email address", "new e-mail address", "destination mailbox has moved", "moved to new address",
            ]),

        Rule(
            .mailboxfull, .decisive, of: "RFC 3463 x.2.2; Exchange STOREDRV quota; Gmail OverQuotaPerm; qmail, Courier, Dovecot, procmail",
            [
                "insufficient disk space", "exceeding receiving limits", "exceeding their quota", "boite du destinataire pleine", "disc quota exceeded", "does not have enough space", "exceeded storage allocation", "mail file size exceeds", "exceeded the local limit", "domaindisk quota", "userdisk quota", "no space left on device", "not sufficient disk space", "reached disk quota", "was over quota", "space has been exhausted", "exceeded quota", "you have exhausted", "mailbox * was full", "vdeliver: delivery failed", "their mailbox is full", "mailbox full", "mailbox is full", "mailbox * is full", "mail box full", "mailbox has exceeded", "mailbox exceeded",
                "mailbox size limit", "exceeded the size limit", "exceeded storage", "over quota", "overquota", "over the quota", "over its quota", "over his quota", "over disk quota",
                "over the allowed quota", "over the maximum", "quota exceeded", "quota exceed", "exceeded quota", "exceeds quota",
                "exceeds allowed quota", "exceeds the maximum size quota", "exceeded his", "exceeded its", "exceeded their",
                "exceeded their * quota", "exceeded the allowable", "exceeding mailbox quota", "exceeds mailbox", "exceed mailbox quota",
                "would exceed the quota", "would exceed mailbox", "would be over the allowed quota", "exceeds their quota",
                "quota violation", "quota is full", "quota limit", "disk quota", "out of quota", "out of storage", "insufficient disk quota",
                "inbox is out of storage", "user is out of space", "not enough storage space", "not enough free space",
                "not enough disk space", "not enough space", "insufficient storage for", "storage quota", "storage limit", "storage space",
                "storage full", "no space left in", "no space in mailbox", "inbox full", "inbox is full", "mailfolder is full",
                "mail folder is full", "folder is full", "mailbox quota", "mail box quota", "maildir over", "maildir delivery failed: * quota", "account is full", "account full",
                "boite pleine", "boîte pleine", "buzón lleno", "postfach voll", "postfach ist voll", "mailbox over", "mailbox would", "user mailbox * exceed",
                "mailbox is over", "recipient's mailbox is full", "recipient mailbox is full", "mailbox of * full", "mailquota",
                "overquotatemp", "overquotaperm", "quotaexceeded", "full mailbox", "recipient has exceeded mailbox limits", "recipient overquota",
                "user's disk", "account disabled temporarily for exceeding receiving limits", "beyond quota", "size limit of the mailbox",
                "mailbox_full", "mailbox limit", "the message store has reached", "exceeds allowed message count", "user has exhausted allowed storage",
                "permitted storage", "mailbox for user is full", "user has too many messages", "too much mail data", "user over quota",
                "exceeded email quota", "exceeded its mailbox", "size allowed", "mailbox size", "user account is overquota", "user overdrawn",
                "メールボックス*容量", "メールボックスがいっぱい",
            ]),

        Rule(
            .suspend, .decisive, of: "RFC 3463 x.2.1; Gmail DisabledUser; Yahoo; Apple; Exchange AccountDisabled; Zoho; Barracuda",
            [
                "is unavailable: user is terminated", "temporarily inactive", "recipient suspend the service", "disabled or discontinued", "user or domain is disabled", "mailbox unavailable or access denied", "has been suspended", "user not active", "recipient rejected: temporarily", "account is disabled", "account that you tried to reach is disabled", "account you tried to reach is disabled",
                "account has been disabled", "account disabled", "disableduser", "mailbox disabled", "mailbox is disabled", "mailbox has been disabled",
                "user disabled", "user is disabled", "recipient disabled", "address disabled", "address is disabled", "account is suspended",
                "account suspended", "account has been suspended", "user suspended", "mailbox suspended", "mailbox is suspended",
                "account has been temporarily suspended", "recipient suspended", "account is inactive",
                "account inactive", "account that you tried to reach is inactive", "account you tried to reach is inactive", "inactive account", "inactive user", "inactive mailbox", "user is inactive", "mailbox is inactive", "recipient is inactive",
                "mailbox inactive", "mailbox temporarily disabled", "temporarily disabled", "account is locked", "account locked",
                "mailbox is locked", "account not active", "is not active", "account is not active", "mailbox is frozen", "mailbox frozen",
                "account is currently unavailable", "account unavailable", "account temporarily", "account expired", "account has expired",
                "account has been deactivated", "deactivated", "deactivated mailbox", "boite du destinataire archivee", "archived recipient", "has been closed",
                "domain is suspended", "account closed", "invalid/inactive user", "is a deactivated mailbox", "mailbox currently suspended",
                "this account is not allowed", "is not accepting mail", "currently not accepting", "not currently accepting",
                "recipient's account is disabled", "user has been suspended", "user account disabled", "user account is suspended", "sorry child account",
                "recipient not accepting mail", "no longer accepting", "email account that you tried to reach is over", "is currently suspended",
                "unavailable for lack of use", "because the account hasn't been used", "was not found: inactive", "user is currently disabled",
            ]),

        Rule(
            .notaccept, .decisive, of: "RFC 7505 (null MX); RFC 7504 (521, 556); RFC 3463 x.3.2, x.1.10",
            [
                "no smtp service", "no mx found for domain=", "no route for current request", "no host found for existing smtp connection", "null mx", "system not accepting network messages", "nullmx", "does not accept mail", "does not accept any mail", "doesn't accept mail", "host does not accept mail",
                "domain does not accept", "does not accept email", "doesn't accept email", "recipient address has null mx", "delivery not authorized, message refused: domain",
                "smtp protocol returned a permanent error", "host/domain does not accept mail", "host does not receive", "server does not accept mail", "does not receive mail",
                "no mail accepted", "mail receiving disabled", "no longer accepts mail", "host not accepting", "system does not accept", "name server: .: host not found",
                "not accepting mail", "mx points to .",
            ]),

        Rule(
            .hostunknown, .decisive, of: "Postfix, Sendmail, qmail, Exim, Courier on DNS; RFC 3463 x.1.2; Exchange 5.4.310; SES; AOL",
            [
                "dns lookup failure: host * not found", "all host address lookups failed permanently", "unrouteable address", "unroutable address", "account or domain may not exist", "host unknown", "unknown host", "domain not found", "no such domain", "domain does not exist", "domain doesn't exist",
                "domain is not valid", "domain not exist", "domain unknown", "unknown domain", "host or domain name not found",
                "host name is unknown", "hostname is unknown", "couldn't find any host by that name", "couldn't find any host named",
                "name or service not known", "nxdomain", "non-existent domain", "nonexistent domain", "non-existing domain", "no such host", "host not found", "recipient domain must exist",
                "domain must exist", "mail domain", "cannot find the domain", "domain could not be found", "dns domain * does not exist", "does not exist. check the domain", "unrouteable mail domain",
                "unrouteable domain", "unroutable domain", "illegal host/domain name", "illegal host", "bad destination host", "bad destination system address", "no mx or a records", "no mx record found",
                "couldn't find a mail exchanger", "could not find a mail exchanger", "unable to find mx", "no mail exchanger", "no mx found", "all relevant mx records point to non-existent hosts",
                "mx lookup failed", "recipient domain not found", "recipient address rejected: domain", "recipient address rejected: unknown host",
                "domain is not reachable", "domain * not found", "domain isn't registered", "isn't a registered domain", "unknown recipient domain", "server for * could not be found",
                "dns error: domain name not found", "dns error: * domain name * not found", "dns server returned answer with no data", "the domain name is invalid", "bad domain name",
                "domain name does not resolve", "responsible for delivery to host", "no matching dns", "hostname lookup failed", "no route to domain", "host not exist", "domain mentioned in email address is unknown",
            ]),

        Rule(
            .filtered, .decisive, of: "docomo, au, SoftBank; SES receipt rules; Exchange RESOLVER.RST restricted; Zoho, Yandex, facebook",
            [
                "has restricted sms e-mail", "rejected due to user rules", "not found recipient account", "recipient id refuse to receive", "account is protected by", "blocked by the recipient", "you have been blocked by", "due to recipient preferences", "each of the following recipients was rejected by a remote mail server", "because the recipient is only accepting mail from specific email addresses", "only accepting mail from specific", "due to the recipient's receiving settings",
                "recipient's user filter", "user reject", "rejected by user", "refused by recipient", "refuses to accept", "user refuses to receive this mail", "user refused to receive this mail",
                "recipient has refused", "user refused", "recipient refuse", "the recipient's mail filter", "rejected due to user policy", "due to extended inactivity new mail is not currently being accepted",
                "recipient rejected the message", "blocked by recipient", "blocked by the recipient", "rejected by recipient", "the recipient has blocked",
                "has rejected the message", "the following recipients may not have received", "rejected by the recipient's filter", "unwanted email", "server filter", "has a filter", "filtered by user",
                "due to a policy set by the recipient", "because the recipient or their email admin", "rejected by filter", "has been filtered", "because it was filtered", "message filtered",
                "user's filter", "message rejected by recipient", "rule imposed by the recipient", "not in the allowed senders", "not on the recipient's", "permission to send to this recipient denied by the recipient",
            ]),

        Rule(
            .mailererror, .decisive, of: "Sendmail prog mailer, Postfix pipe and local, procmail, vdeliver",
            [
                "procmail:", "mailer error", "command failed", "command died with", "exited with", "command time limit exceeded", "returned non-zero", "pipe to |", "unknown mailer error", "local mailer system error",
                "command output", "can't execute", "child process", "pipe delivery", "prog mailer", "error running",
            ]),
        Rule(
            .userunknown, .decisive, isLookup: true,
            of: "Domino, Exchange, Hotmail, Postfix, Exim, Verizon: the reporter's or the domain's own directory",
            [
                "not listed in domino directory", "not listed in public name & address book", "not unique in domino directory",
                "recipient name is not recognized", "mailbox unavailable (-", "no valid recipients for this mm", "unknown user",
                "unknown local part", "unknown local-part",
                "user unknown in local recipient table", "user unknown in virtual", "user unknown in relay recipient table",
                "address couldn't be found", "recipnotfound", "unknown or illegal alias",
                "recipient address rejected: access denied", "no longer on server",
            ]),
        Rule(
            .userunknown, .decisive, of: "Postfix, Sendmail, Exim, qmail chkuser/vpopmail, Exchange RESOLVER.ADR, Gmail NoSuchUser, Yahoo dd, Domino, Notes, IMail",
            [
                "bad address (#5.1.1)", "5.1.1 bad address", "address not present in directory", "can't accept user", "destination addresses were unknown", "invalid mailbox path", "not an active address", "mailbox not present", "no existe dicha persona", "no existe ese usuario", "account unavailable", "not valid user", "recipient is not accepted", "recipient is not local", "recipient not exist", "envelope recipient", "badrcptto", "badrecipientto", "validrcptto", "wrong or no longer valid", "user missing home directory", "invalid or unknown virtual user", "no longer accepts mail", "usuario no valido", "user not local", "user-unknown", "userunknown", "user unknown", "unknown user", "user not found", "user * not found", "no such user", "no such mailbox", "no such recipient", "no such address", "no such person", "no such email", "no such account", "no such local user", "no such a user", "not such user",
                "recipient unknown", "unknown recipient", "recipient not found", "recipientnotfound", "recipnotfound", "recipient * not found", "recipient does not exist", "recipient doesn't exist", "recipients unknown", "unknown recipients", "recipient is not exist", "invalid recipient", "bad recipient",
                "mailbox unknown", "unknown mailbox", "mailbox not found", "mailbox * not found", "mailbox does not exist", "mailbox doesn't exist", "no mailbox here by that name", "no mailbox by that name", "mailbox invalid", "invalid mailbox", "mailbox not exist", "doesn't have a * account", "mailbox is invalid",
                "user does not exist", "user doesn't exist", "user does not have", "user doesn't have", "user not exist", "user invalid", "invalid user", "user not known", "user is unknown", "user is not found", "user(s) unknown", "users unknown", "non-existent user", "nonexistent user", "nonexistant user", "not a valid user", "not a user here",
                "account does not exist", "account doesn't exist", "account that you tried to reach does not exist", "account you tried to reach does not exist", "unknown account", "account not found", "nosuchuser", "no account by that name", "account is not valid", "account is unknown", "is not our client",
                "address does not exist", "address doesn't exist", "address not found", "address you entered couldn't be found", "address unknown", "unknown address", "unknown local part", "unknown local-part", "address invalid", "invalid address", "no valid recipients", "not a valid address", "not a valid recipient", "not a valid mailbox", "address is not valid", "address error", "destination server rejected recipients", "email address could not be found", "couldn't be found or",
                "recipient address rejected: user", "recipient address rejected: unknown", "recipient address rejected: invalid", "recipient address rejected: undeliverable address", "user unknown in local recipient table", "user unknown in relay recipient table", "user unknown in virtual", "unknown in virtual",
                "undeliverable address", "is not a known user", "not known at this", "unknown email", "unknown e-mail", "unknown or illegal alias", "unknown user account", "unknown virtual user", "no longer on server", "no longer available", "has no mailbox", "is no longer employed", "is not employed", "no longer works", "not listed in domino directory", "not listed in public name & address book",
                "not listed in", "not unique in domino directory", "resolver.adr.recipnotfound", "resolver.adr.exrecipnotfound", "exrecipnotfound", "5.1.1 resolver", "recipient no longer on server", "this user doesn't have a", "this user does not have", "is not a valid mailbox", "user mailbox does not exist", "not on this server", "local delivery failed", "couldn't find user",
                "rcpt <* does not exist", "does not exist at this domain", "couldn't be delivered because the email address wasn't found", "wasn't found at", "email address wasn't found", "the email address you entered", "dd this user", "dd requested mail action aborted, mailbox unavailable", "delivery error: dd", "the recipient's e-mail address was not found", "e-mail address was not found", "recipient's e-mail system can't find",
                "mailbox unavailable for this recipient", "wrong recipient", "no recipients", "recipient not exists", "not have an account here", "no user in", "is not a local user", "prohibited by recipient lookup", "rejected by the verify", "verification failed for <", "user isn't in my", "unable to find recipient", "unable to chown", "ldap address lookup failed", "unknown to address",
                "utilisateur inconnu", "utilisateur inexistant", "adresse d au moins un destinataire invalide", "adresse inconnue", "destinataire inconnu", "destinatario desconocido", "usuario desconocido", "usuario no existe", "empfänger unbekannt", "benutzer unbekannt", "unbekannter empfänger", "destinatario sconosciuto", "casella inesistente", "пользователь не найден", "ユーザー不明", "宛先不明", "存在しないアドレス", "用户不存在", "account not exist", "user unknown; rejecting",
                "said: 550 unknown", "recipient name is not", "not in directory", "the user's email name is not found", "email name is not found", "mail name not found", "name is not found", "name not found", "name not recognized", "unrecognized recipient", "bad destination mailbox address", "destination address is unknown", "destination mailbox address invalid", "recipient address is invalid", "invalid destination", "bad destination email address", "nombre de usuario", "we can't find", "alias not found", "no alias",
                "there is no one at this address", "no one by that name", "nobody here by that name", "there is no such", "there is no user", "not a valid email", "is not a valid address", "doesn't exist on this server", "mailbox <* does not exist", "not have a yahoo", "no longer valid", "x-notes; recipient", "addressee unknown", "unable to route to", "user lookup", "recipient verify", "callout verification failed", "recipient address verification failed", "address verification failed", "recipient address reserved", "user no longer on", "no such name",
            ]),
        Rule(
            .userunknown, of: "Microsoft Exchange, RFC 5321 section 4.2.3 (550), Exchange Online directory-based edge blocking",
            [
                "mailbox unavailable", "requested action not taken: mailbox unavailable", "mailbox not available", "recipient rejected", "recipient not ok", "rcpt to * rejected", "recipient denied", "not our customer", "not found", "unknown", "does not exist", "doesn't exist", "not exist", "couldn't be found", "could not be found", "recipient address not accepted", "recipient not accepted",
                "rejected recipient", "invalid", "bad address", "destination address rejected", "5.1.1", "5.1.10", "not a valid", "no mailbox", "not recognized", "no user", "unable to deliver to",
            ]),
        Rule(.userunknown, .weak, of: "Postfix", ["recipient address rejected", "address rejected"]),
    ]
}
