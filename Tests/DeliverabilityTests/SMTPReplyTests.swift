import Testing

@testable import Deliverability

@Suite("Replies at a relay")
struct SMTPReplyTests {
    @Test(
        "code, enhanced status and text are told apart",
        arguments: [
            ("535 Authentication Credentials Invalid", 535, nil, "Authentication Credentials Invalid"),
            ("535-5.7.8 No", 535, "5.7.8", "No"), ("454", 454, nil, ""),
            ("  550 5.1.10.2 x", 550, nil, "5.1.10.2 x"),
            ("421: 4.7.0 busy", 421, "4.7.0", "busy"),
        ] as [(String, Int, String?, String)])
    func parsed(line: String, code: Int, status: String?, text: String) throws {
        let reply = try #require(SMTPReply(line))
        #expect(reply == SMTPReply(code: code, status: status, text: text))
    }

    @Test("what is no reply is none", arguments: ["", "53", "5350 x", "635 x", "1234", "x535 y", "535x"])
    func notParsed(line: String) { #expect(SMTPReply(line) == nil) }

    @Test(
        "SES's replies mean what its Developer Guide says",
        arguments: [
            ("235 Authentication successful", .fine, .relayCredentials), ("250 Ok 0100", .fine, .ses),
            ("421 Too many concurrent SMTP connections", .tooManyConnections, .ses),
            ("451 Temporary service failure", .temporary, .ses),
            ("451 Timeout waiting for data from client", .temporary, .network),
            ("454 Throttling failure: Daily message quota exceeded", .quotaExceeded, .ses),
            ("454 Throttling failure: Maximum sending rate exceeded", .rateExceeded, .ses),
            ("454 4.7.0 Temporary Authentication Failure", .authenticationUnavailable, .ses),
            ("454 Temporary service failure", .temporary, .ses),
            ("530 Authentication required", .notAuthenticated, .relayCredentials),
            ("530 Must issue a STARTTLS command first", .notEncrypted, .relayCredentials),
            ("535 Authentication Credentials Invalid", .badCredentials, .relayCredentials),
            ("535 5.7.8 ", .badCredentials, .relayCredentials),
            ("535 Account not subscribed to SES", .noService, .ses),
            ("552 Message is too long.", .messageTooLarge, .ses),
            ("553 <x> Invalid email address", .malformed, .recipientAddress),
            (
                "554 Access denied: User `arn:aws:iam::1:user/x' is not authorized to perform `ses:SendRawEmail'",
                .accessDenied, .ses
            ), ("554 Access denied", .accessDenied, .ses),
            (
                "554 Message rejected: Email address is  not\tverified. The following identities failed the check in "
                    + "region US-EAST-1: x", .unverifiedIdentity, .ses
            ),
            ("554 Message rejected: Sending paused for this account.", .sendingPaused, .ses),
            ("554 Configuration set `x' does not exist", .configurationSet, .ses),
            ("554 Transaction failed: Duplicate header 'To'.", .malformed, .ses),
            ("554 Message rejected: no", .contentRefused, .ses), ("599 what", .refused, .unknown),
            ("432 what", .temporary, .network),
        ] as [(String, RelayVerdict.Cause, Layer)])
    func ses(line: String, cause: RelayVerdict.Cause, layer: Layer) throws {
        let verdict = try #require(SMTPReply(line)).verdict(from: .ses)
        #expect(verdict.cause == cause)
        #expect(verdict.layer == layer)
        #expect(verdict.passes == (cause == .fine || line.contains("4") && line.first { $0 != " " } == "4"))
        #expect(!verdict.meaning.isEmpty && verdict.meaning.last != ".")
        #expect((verdict.remedy == nil) == (cause == .fine))
    }

    @Test("another provider's word is not taken for SES's")
    func other() throws {
        let limit = try #require(SMTPReply("535 5.7.0 Too many authentication failures"))
        #expect(limit.verdict(from: .other).cause == .tooManyAttempts)
        let denied = try #require(SMTPReply("554 5.7.1 Relay access denied"))
        #expect(denied.verdict(from: .other).cause == .refused)
        let wrong = try #require(SMTPReply("535 Authentication credentials invalid"))
        #expect(wrong.verdict(from: .other).cause == .badCredentials)
        #expect(wrong.verdict(from: .other).meaning != wrong.verdict(from: .ses).meaning)
    }

    @Test(
        "SES's servers are known by their names",
        arguments: [
            ("email-smtp.us-east-1.amazonaws.com", .ses), ("EMAIL-SMTP.us-west-2.AMAZONAWS.com.", .ses),
            ("email-smtp-fips.us-west-2.amazonaws.com", .ses),
            ("email-smtp.cn-north-1.amazonaws.com.cn", .ses),
            ("smtp.ionos.com", .other), ("email-smtp.us-east-1.amazonaws.com.example.org", .other),
            ("", .other),
        ] as [(String, RelayServer)])
    func servers(host: String, server: RelayServer) {
        #expect(RelayServer(host: host) == server)
        #expect((RelayServer.region(ofHost: host) != nil) == (server == .ses))
    }

    @Test("every rule of the table can be reached, and reads its words in lower case")
    func table() {
        for rule in RelayRule.table {
            #expect(rule.words.allSatisfy { $0 == RelayRule.normalized($0) })
            let code = rule.codes.upperBound
            let reply = SMTPReply(code: code, text: rule.words.joined(separator: " "))
            #expect(reply.verdict(from: .ses).layer == rule.verdict.layer || !rule.isOfSES)
        }
    }
}
