package import AWS
internal import Campaigns
package import Deliverability

/// Looks at what SES says of the account and its identities in one Region.
///
/// What the credentials may not see is a finding of severity `unknown` that names the IAM action; nothing here throws.
package struct SESAudit: Sendable {
    private let client: SES
    private let region: String
    private let paths: [MailPath]

    /// - Parameters:
    ///   - aws: whose Region is the one meant.
    ///   - paths: that send there.
    package init(aws: AWSConfiguration, paths: [MailPath] = MailPath.allCases) {
        client = SES(configuration: aws)
        region = aws.region
        self.paths = paths
    }

    // MARK: - Account

    /// Whether the account may send: production access, enforcement, quota; and whom it suppresses by itself.
    package func account() async -> [Finding] {
        do throws(AWSError) {
            let account = try await client.account()
            return [sending(account), quota(account.quota), suppression(account)]
        } catch {
            return [unknown("ses-account", "SES's account in \(region)", error, .account(region: region))]
        }
    }

    private func sending(_ account: SES.Account) -> Finding {
        let seen = [
            "SendingEnabled: \(account.isSendingEnabled.words), ProductionAccessEnabled: \(account.hasProductionAccess.words), "
                + "EnforcementStatus: \(account.enforcementStatus ?? "not told")"
        ]
        func finding(_ severity: Severity, _ title: String, remedy: String? = nil, fix: [String] = [])
            -> Finding
        {
            Finding(
                "ses-account", severity, layer: .ses, paths: paths, region: region, title, evidence: seen,
                remedy: remedy,
                fix: fix)
        }
        let cases = "look for a case of AWS's about it in the Support Center, and answer it"
        if account.enforcementStatus == "SHUTDOWN" {
            return finding(
                .broken, "AWS has stopped the account's sending in \(region)",
                remedy: "Mend what has led to it (bounces, complaints); \(cases)")
        }
        if account.isSendingEnabled == false {
            return finding(
                .broken, "Sending is switched off for the account in \(region)",
                remedy: "Find out who has switched it off and why, and switch it on again",
                fix: ["aws sesv2 put-account-sending-attributes --sending-enabled --region \(region)"])
        }
        if account.hasProductionAccess == false {
            return finding(
                .broken,
                "The account is in SES's sandbox in \(region): it may write to verified addresses alone",
                remedy: "Request production access in the SES console: Account dashboard")
        }
        if let status = account.enforcementStatus, status != "HEALTHY" {
            return finding(
                .warning,
                "AWS has the account under review in \(region) (\(status)), and may stop its sending",
                remedy: "Bring bounces and complaints down; \(cases)")
        }
        return finding(.healthy, "The account may send in \(region)")
    }

    private func quota(_ quota: SES.Account.Quota) -> Finding {
        let seen = [
            "\(Int(clamping: quota.sentLast24Hours)) of \(quota.max24HourSend < 0 ? "any number of" : "\(Int(clamping: quota.max24HourSend))") mails in the last 24 hours, "
                + "up to \(quota.maxSendRate) a second"
        ]
        func finding(_ severity: Severity, _ title: String, remedy: String? = nil) -> Finding {
            Finding(
                "ses-quota", severity, layer: .ses, paths: paths, region: region, title, evidence: seen,
                remedy: remedy)
        }
        let left = quota.max24HourSend - quota.sentLast24Hours
        let remedy =
            "Wait until the last 24 hours' mails are fewer, or have the quota raised: Service Quotas, Amazon SES"
        if quota.max24HourSend >= 0, left < 1 {
            return finding(.broken, "The quota of 24 hours is used up in \(region)", remedy: remedy)
        }
        let scarce = 0.1
        if quota.max24HourSend >= 0, left < quota.max24HourSend * scarce {
            return finding(
                .warning,
                "Less than a tenth of the quota of 24 hours is left in \(region): \(Int(clamping: left)) mails",
                remedy: remedy)
        }
        return finding(
            .healthy,
            quota.max24HourSend < 0
                ? "There is no quota of 24 hours in \(region)"
                : "\(Int(clamping: left)) mails of the quota of 24 hours are left in \(region)")
    }

    private func suppression(_ account: SES.Account) -> Finding {
        let reasons = Set(account.suppression?.suppressedReasons ?? [])
        let all = ["BOUNCE", "COMPLAINT"]
        let missing = all.filter { !reasons.contains($0) }
        let seen = [
            "SuppressedReasons: \(reasons.isEmpty ? "none" : reasons.sorted().joined(separator: ", "))"
        ]
        guard missing.isEmpty else {
            return Finding(
                "ses-suppression", .warning, layer: .suppressionList, paths: paths, region: region,
                "SES in \(region) does not suppress addresses after a \(missing.joined(separator: " or ").lowercased()): the relay would go on writing to them",
                evidence: seen, remedy: "Have SES suppress them",
                fix: [
                    "aws sesv2 put-account-suppression-attributes --suppressed-reasons BOUNCE COMPLAINT --region \(region)"
                ])
        }
        return Finding(
            "ses-suppression", .healthy, layer: .suppressionList, paths: paths, region: region,
            "SES in \(region) suppresses addresses after bounces and complaints", evidence: seen)
    }

    // MARK: - Identity

    /// What SES knows of a domain.
    package struct DomainIdentity: Sendable, Hashable {
        /// The domain, or one above it.
        package var name: String
        package var tokens: [String]
        /// Whether the tokens are selectors of keys of one's own.
        package var hasOwnKeys: Bool
        /// Where SES publishes the keys; `nil` where it does not say.
        package var hostedZone: String?
        package var mailFrom: String?
    }

    /// The identity by which mail from a domain goes out: the domain's own, or the nearest above it.
    ///
    /// - Parameter domain: in ASCII.
    /// - Returns: `nil` where there is none, or it could not be looked at; the findings tell which.
    package func identity(of domain: String) async -> (DomainIdentity?, [Finding]) {
        let labels = domain.split(separator: ".")
        for first in labels.indices where labels.count - first > 1 {
            let name = labels[first...].joined(separator: ".")
            do throws(AWSError) {
                guard let identity = try await client.identity(name) else { continue }
                let known = DomainIdentity(
                    name: name, tokens: identity.dkim?.tokens ?? [],
                    hasOwnKeys: identity.dkim?.origin == "EXTERNAL", hostedZone: identity.dkim?.hostedZone,
                    mailFrom: identity.mailFrom?.domain.flatMap { $0.isEmpty ? nil : $0 })
                return (
                    known,
                    [verification(identity, name), dkim(identity.dkim, name)]
                        + mailFrom(identity.mailFrom, name)
                )
            } catch {
                return (
                    nil, [unknown("ses-identity", "SES's identity \(name) in \(region)", error, .identity)]
                )
            }
        }
        return (
            nil,
            [
                finding(
                    "ses-identity", .broken,
                    "SES in \(region) has no identity for \(domain): it sends from it only where the address itself is verified",
                    [],
                    remedy: "Create the identity, and publish the records that SES then shows",
                    fix: ["aws sesv2 create-email-identity --email-identity \(domain) --region \(region)"])
            ]
        )
    }

    private func verification(_ identity: SES.Identity, _ name: String) -> Finding {
        let seen = ["VerifiedForSendingStatus: \(identity.isVerified.words)"]
        guard identity.isVerified != false else {
            return finding(
                "ses-identity", .broken,
                "The identity \(name) is not verified in \(region): SES sends nothing from it", seen,
                remedy: "Publish its DKIM records; SES verifies it within 72 hours")
        }
        return finding("ses-identity", .healthy, "The identity \(name) is verified in \(region)", seen)
    }

    private func dkim(_ dkim: SES.Identity.DKIM?, _ name: String) -> Finding {
        let status = dkim?.status ?? "not told"
        let seen = ["SigningEnabled: \((dkim?.isSigningEnabled).words), Status: \(status)"]
        func told(_ severity: Severity, _ title: String, _ remedy: String? = nil, fix: [String] = [])
            -> Finding
        {
            finding("ses-dkim", severity, title, seen, remedy: remedy, fix: fix)
        }
        switch status {
        case "SUCCESS" where dkim?.isSigningEnabled == false:
            return told(
                .warning, "SES in \(region) does not sign mail from \(name)", "Switch signing on",
                fix: [
                    "aws sesv2 put-email-identity-dkim-attributes --email-identity \(name) --signing-enabled --region \(region)"
                ])
        case "SUCCESS": return told(.healthy, "SES in \(region) signs mail from \(name)")
        case "TEMPORARY_FAILURE":
            return told(
                .warning,
                "SES in \(region) cannot see the DKIM records of \(name) any more, and will stop signing",
                "Publish the records again, as the findings on dkim tell")
        case "PENDING":
            return told(
                .broken, "SES in \(region) has not seen the DKIM records of \(name) yet, and does not sign",
                "Publish the records, as the findings on dkim tell, and wait")
        case "FAILED":
            return told(
                .broken,
                "SES in \(region) has given up looking for the DKIM records of \(name), and does not sign",
                "Publish the records, as the findings on dkim tell, and have SES look again",
                fix: [
                    "aws sesv2 put-email-identity-dkim-signing-attributes --email-identity \(name) --signing-attributes-origin AWS_SES --region \(region)"
                ])
        default:
            return told(
                .broken, "DKIM is not set up for \(name) in \(region)",
                "Set up Easy DKIM, and publish the records that SES then shows",
                fix: [
                    "aws sesv2 put-email-identity-dkim-signing-attributes --email-identity \(name) --signing-attributes-origin AWS_SES --region \(region)"
                ])
        }
    }

    /// Nothing where there is none: the look into the DNS tells of that.
    private func mailFrom(_ mailFrom: SES.Identity.MailFrom?, _ name: String) -> [Finding] {
        guard let mailFrom, let domain = mailFrom.domain, !domain.isEmpty else { return [] }
        let status = mailFrom.status ?? "not told"
        let rejects = mailFrom.behaviorOnFailure == "REJECT_MESSAGE"
        let seen = [
            "MailFromDomainStatus: \(status), BehaviorOnMxFailure: \(mailFrom.behaviorOnFailure ?? "not told")"
        ]
        guard status != "SUCCESS" else {
            return [
                finding(
                    "ses-mail-from", .healthy, "SES in \(region) uses the MAIL FROM domain \(domain)", seen)
            ]
        }
        return [
            finding(
                "ses-mail-from", rejects ? .broken : .warning,
                "SES in \(region) does not see the MX record of the MAIL FROM domain \(domain) (\(status)): "
                    + (rejects ? "it refuses every mail from \(name)" : "it uses its own instead"), seen,
                remedy: "Publish the record, as the finding on mail-from tells",
                fix: ["\(domain). 3600 IN MX 10 feedback-smtp.\(region).amazonses.com."])
        ]
    }

    // MARK: - Telling

    private func finding(
        _ check: String, _ severity: Severity, _ title: String, _ evidence: [String], remedy: String? = nil,
        fix: [String] = []
    ) -> Finding {
        Finding(
            check, severity, layer: .ses, paths: paths, region: region, title, evidence: evidence,
            remedy: remedy, fix: fix)
    }

    private func unknown(_ check: String, _ what: String, _ error: AWSError, _ resource: CloudResource)
        -> Finding
    {
        let problem = error.problem(with: resource)
        return finding(
            check, .unknown, "\(what) could not be looked at", [problem.message], remedy: problem.remedy)
    }
}

extension Bool? {
    fileprivate var words: String { map { $0 ? "yes" : "no" } ?? "not told" }
}

extension Int {
    /// A number of JSON's, which may be any.
    fileprivate init(clamping number: Double) {
        self = number.isNaN ? 0 : Int(Swift.min(Swift.max(number, -1e15), 1e15))
    }
}
