/// What is said of systems and the ways between them.
extension Rule {
    static let transportRules: [Rule] = [
        Rule(
            .networkerror, .decisive, of: "Postfix, Sendmail, Exim, Exchange 5.4.6/5.4.14, Gmail hop count; sockets' error texts",
            [
                "could not connect and send", "dns records for the destination computer could not be found", "host not found, try again", "malformed name server reply", "maximum forwarding loop count exceeded", "message probably in a routing loop", "unable to resolve route", "too many hops", "hop count exceeded", "maximum hop count", "exceeded 50 hops", "routing loop", "mail loop", "loop detected", "forwarding loop", "message is looping", "looping", "message looped", "mail forwarding loop", "unable to connect", "could not connect", "couldn't connect", "can't connect", "cannot connect", "connection refused", "no route to host", "network is unreachable", "network unreachable",
                "connection reset by peer", "connection was dropped", "connection dropped", "connection lost", "lost connection", "but connection died", "connection closed by", "host is unreachable", "host unreachable", "unable to establish", "wasn't able to establish an smtp connection", "could not establish", "was unable to connect", "tried to deliver your message, but it was rejected by the relay", "address not reachable", "unreachable host", "connection closed", "connection failure", "connection failed", "unable to resolve route", "dns failure", "dns query failed",
                "name service error", "dns error", "dns lookup failed", "malformed or unexpected name server reply", "server failure at", "host name lookup failure", "temporary lookup failure", "temporary dns", "temporary failure in name resolution", "servfail", "cname lookup failed", "failed to connect", "pipe: broken", "broken pipe", "remote host closed", "no hosts could be contacted", "mx is pointing to", "fell back to", "closed the connection", "unexpectedly closed", "remote server did not respond", "network error", "host or domain name not found. name service error", "error connecting", "unroutable mail domain",
            ]),

        Rule(
            .expired, .decisive, of: "RFC 3463 x.4.7; Postfix, Sendmail, Exim retry timeout, Exchange 4.4.7, Gmail, Zoho; qmail queue time",
            [
                "host not reachable", "could not find a gateway for", "failed to deliver to domain", "have been failing for a long time", "has not been collected after", "expired after sitting in queue", "server did not respond", "after multiple retries", "not reachable within the allowed queue period", "could not be delivered for more than", "has been frozen", "was frozen on arrival", "no action is required on your part", "delay reason:", "retry timeout exceeded", "message expired", "delivery time expired", "time expired", "timed out", "timeout exceeded", "connection timeout", "has been in the queue", "been on the queue too long", "too long in the queue", "could not be delivered for", "delivery expired", "message timed out", "could not be delivered within", "exceeded the queue time", "delivery attempts will continue", "has not yet been delivered", "delivery temporarily suspended", "not been delivered", "delivery has been delayed", "delayed", "queue expired", "queued for too long", "retry time not reached",
                "message has been delayed", "no longer be attempted", "giving up", "gave up", "will be retried", "will retry", "i'm not going to try again", "this message has been in the queue too long", "delivery attempt", "timeout", "operation timed out", "too many retries", "expired after", "unable to deliver this message after", "could not be sent for", "not yet delivered", "maximum retry", "retries exceeded", "message was undeliverable after", "host is not reachable for", "waiting for", "message delivery time",
                "delivery still failed", "delivery incomplete", "temporary problem delivering your message", "server will retry", "undeliverable after", "delivery failed after", "delivery failed * attempts", "the recipient server did not accept our requests to connect", "did not accept our requests to connect", "failed after * attempts", "message is * old", "still could not", "delivery deadline", "could not be delivered after",
            ]),

        Rule(
            .systemfull, .decisive, of: "RFC 3463 x.3.1; RFC 5321 452",
            ["mail system full", "insufficient system storage", "disk full", "insufficient system resources", "out of disk space", "file system full"]),
        Rule(
            .systemerror, .decisive, of: "Exim, Sendmail, Postfix, Exchange, qmail: faults that they name",
            [
                "aliasing/forwarding loop broken", "loops back to myself", "can't create user output file", "cannot send e-mail to yourself", "delivery to file forbidden", "delivery to pipe forbidden", "internal software error",
                "error writing message", "internal error reading data", "interrupted system call", "error while being processed", "would create a mail loop", "local configuration error", "lmtp error after", "mail system configuration error",
                "queue file write error", "no mdb", "remote server is misconfigured", "server configuration error", "server configuration problem", "system config error", "timeout waiting for input", "local error in processing", "local delivery failed",
                "loop was found in the mail exchanger",
            ]),
        Rule(
            .systemerror, of: "RFC 3463 x.3; Postfix local configuration error; Exim defer texts; Exchange 4.3.2, 5.3.5",
            [
                "system config error", "server configuration problem", "local configuration error", "configuration error", "configuration problem", "internal error", "internal server error", "internal software error", "system error", "system failure", "server error", "local error", "service temporarily unavailable", "service unavailable", "service not available", "service currently unavailable", "temporarily unavailable", "temporary failure", "temporary error", "temporary local problem", "temporary server error", "temporary system problem", "local problem", "unable to contact", "queue file write error", "can't create", "cannot open", "could not open", "can't open", "could not lock", "not able to lock", "lock",
                "resources temporarily", "resource", "permission denied on", "input/output error", "software error", "unexpected error", "read error", "write error", "i/o error", "out of memory", "timeout waiting for input from local mailer", "aliasing/forwarding loop broken", "alias loop", "aliases", "transport error", "mail transport unavailable", "mail server temporarily rejected", "try again later", "system is not capable", "unable to process", "could not process", "unable to verify", "maintenance", "server too busy", "server is busy", "server busy", "too busy", "overloaded", "overload", "ldap", "database", "backend", "interface error",
                "recipient deferred because there is no mdb", "error writing", "delivery error", "generic failure", "loop back to itself", "malformed", "tls error", "unable to read", "cannot deliver", "mail server error", "exchange * error", "deferred: temporary", "error in processing", "queueing", "shutting down", "closing transmission channel",
            ]),
        Rule(
            .syntaxerror, of: "RFC 5321 500 to 504; RFC 3463 x.5",
            ["angle-brackets nested too deep", "expected word or", "source-routed address", "malformed address", "syntax error", "bad sequence of commands", "command not implemented", "command unrecognized", "unrecognized command", "command not recognized", "unimplemented command", "bad command", "invalid command", "parameter not implemented", "unsupported option", "command parameter", "protocol error", "out of sequence"]),
        Rule(
            .networkerror, .weak, of: "sockets' error texts",
            ["connection", "network", "unreachable", "dns"]),
        Rule(
            .rejected, .weak, of: "Gmail, RFC 3463 x.7.1",
            ["message rejected", "mail rejected", "was rejected", "has been rejected", "rejected", "refused", "denied"]),
    ]
}
