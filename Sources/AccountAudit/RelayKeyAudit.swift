package import AWS
package import Campaigns
internal import CloudAdapters
package import Deliverability

/// Looks at the IAM access key behind the relay's SMTP user name.
///
/// What the credentials may not see is a finding of severity `unknown` that names the IAM action; nothing here throws.
package struct RelayKeyAudit: Sendable {
    private static let oldAge = Duration.seconds(365 * 86_400)

    private let client: IAM
    private let now: Timestamp

    package init(aws: AWSConfiguration, now: Timestamp) {
        client = IAM(configuration: aws)
        self.now = now
    }

    /// - Parameters:
    ///   - key: the SMTP user name, where it is known.
    ///   - user: the IAM user, where that is known; else IAM tells it.
    package func findings(key: String?, user: String?) async -> [Finding] {
        var owner = user
        do throws(AWSError) {
            var use: IAM.LastUse?
            if let key {
                do throws(AWSError) {
                    use = try await client.lastUse(of: key)
                } catch {
                    // Of a key that is gone IAM says that, or that one may not ask; the list of the user's keys tells more.
                    guard user != nil, error.status == 403 else { throw error }
                }
                owner = use?.userName ?? user
            }
            guard let owner else {
                return [found(.unknown, "Nobody knows whose the relay's access key is", [])]
            }
            let keys = try await client.accessKeys(of: owner)
            guard let key else { return try await anyKey(of: owner, keys) }
            return [judge(key, of: owner, use, keys)]
        } catch {
            if ["NoSuchEntity", "NoSuchEntityException"].contains(error.code) {
                let what = key.map { "access key \($0)" } ?? "IAM user \(owner ?? "")"
                return [
                    found(
                        .broken, "The relay's \(what) does not exist any more: its password holds no longer",
                        [],
                        remedy: Self.newPassword,
                        fix: Self.commands(user: owner))
                ]
            }
            let problem = error.problem(with: .user(owner))
            let mayBeGone = error.status == 403 && user == nil
            return [
                found(
                    .unknown,
                    "The relay's access key could not be looked at"
                        + (mayBeGone
                            ? ": it may be gone, or another account's; --relay-user tells more" : ""),
                    [problem.message],
                    remedy: problem.remedy)
            ]
        }
    }

    /// Where only the user is known: the relay may hold any of its keys.
    private func anyKey(of user: String, _ keys: [IAM.AccessKey]) async throws(AWSError) -> [Finding] {
        guard !keys.isEmpty else {
            return [
                found(
                    .broken, "The IAM user \(user) has no access key: no SMTP password holds", [],
                    remedy: Self.newPassword, fix: Self.commands(user: user))
            ]
        }
        var findings: [Finding] = []
        for key in keys {
            findings.append(judge(key.id, of: user, try await client.lastUse(of: key.id), keys))
        }
        // One that works is enough; the others are told for what they are.
        let best = findings.map(\.severity).min() ?? .broken
        return findings.map { finding in
            var finding = finding
            if best < .broken, finding.severity == .broken { finding.severity = .warning }
            return finding
        }
    }

    private func judge(
        _ id: String, of user: String, _ use: IAM.LastUse?, _ keys: [IAM.AccessKey]
    ) -> Finding {
        guard let key = keys.first(where: { $0.id == id }) else {
            return found(
                .broken,
                "The access key \(id) is none of the IAM user \(user): its SMTP password holds no longer",
                keys.map { describe($0, nil) }, remedy: Self.newPassword, fix: Self.commands(user: user))
        }
        let newer = keys.filter { other in
            guard let made = other.created, other.id != id else { return false }
            return made > (use?.moment ?? key.created ?? made)
        }
        let seen = [describe(key, use)] + newer.map { describe($0, nil) }
        guard key.isActive else {
            return found(
                .broken,
                "The access key \(id) of the IAM user \(user) is inactive: SES refuses its SMTP password",
                seen, remedy: "Activate it, or make a new password of a key that is active",
                fix: [
                    "aws iam update-access-key --user-name \(user) --access-key-id \(id) --status Active"
                ] + Self.commands(user: user))
        }
        if let other = newer.first(where: \.isActive) {
            return found(
                .warning,
                "The keys of the IAM user \(user) were rotated since the relay's was last used: a newer one is \(other.id)",
                seen,
                remedy:
                    "Make the relay's password of the newer key before the old one is deleted, and enter it in Gmail",
                fix: Self.commands(user: user))
        }
        guard let last = use?.moment else {
            return found(
                .warning,
                "The access key \(id) of the IAM user \(user) was never used: the relay may hold another one",
                seen, remedy: "Look which user name Gmail has for the alias, and try it",
                fix: ["jada-blast smtp-check --region REGION --user \(id)"])
        }
        if let made = key.created, now - made > Self.oldAge {
            return found(
                .warning, "The access key \(id) of the IAM user \(user) is \(days(since: made)) days old",
                seen,
                remedy:
                    "Plan its rotation: a new key, the password made of it entered in Gmail, and only then the old one deleted",
                fix: Self.commands(user: user))
        }
        return found(
            .healthy,
            "The relay's access key \(id) is active, and was last used \(days(since: last)) days ago", seen)
    }

    private func describe(_ key: IAM.AccessKey, _ use: IAM.LastUse?) -> String {
        var text = "\(key.id): \(key.isActive ? "Active" : "Inactive")"
        if let made = key.created { text += ", made \(made)" }
        if let last = use?.moment {
            let place = [use?.service, use?.region].compactMap { $0 }.joined(separator: ", ")
            text += ", last used \(last)" + (place.isEmpty ? "" : " (\(place))")
        }
        return text
    }

    private func days(since moment: Timestamp) -> Int64 { max(0, (now - moment).components.seconds / 86_400) }

    private func found(
        _ severity: Severity, _ title: String, _ evidence: [String], remedy: String? = nil, fix: [String] = []
    ) -> Finding {
        Finding(
            "relay-key", severity, layer: .relayCredentials, paths: [.relay], title, evidence: evidence,
            remedy: remedy, fix: fix)
    }

    private static let newPassword =
        "Make the SMTP password of a key that is active, try it, and enter it in Gmail: Settings > Accounts and Import > Send mail as > edit info"

    private static func commands(user: String?) -> [String] {
        (user.map { ["aws iam create-access-key --user-name \($0)"] } ?? []) + [
            "jada-blast smtp-password --region REGION",
            "jada-blast smtp-check --region REGION --user ACCESS_KEY_ID",
        ]
    }
}
