package import AWS
package import Campaigns

/// What SES knows of the account in a Region.
package struct SESSendingAccount: SendingAccount, AccountSuppressionList {
    private let client: SES
    private let region: String

    package init(aws: AWSConfiguration) {
        client = SES(configuration: aws)
        region = aws.region
    }

    package func quota() async throws -> SendingQuota {
        let account = try await attempt { () async throws(AWSError) in try await client.account() }
        let reasons = account.suppression?.suppressedReasons ?? []
        return SendingQuota(
            maximumRate: account.quota.maxSendRate,
            maximumPer24Hours: account.quota.max24HourSend < 0 ? nil : account.quota.max24HourSend,
            sentLast24Hours: account.quota.sentLast24Hours,
            isSendingEnabled: account.isSendingEnabled ?? false,
            hasProductionAccess: account.hasProductionAccess ?? false,
            enforcementStatus: account.enforcementStatus ?? "UNKNOWN",
            suppressedReasons: Set(
                reasons.compactMap(SES.SuppressionReason.init(rawValue:)).map(\.campaignReason)))
    }

    package func suppressed(_ page: ([SuppressionEntry]) async throws -> Void) async throws {
        var next: String?
        repeat {
            let (entries, token) = try await attempt { [next] () async throws(AWSError) in
                try await client.suppressed(from: next)
            }
            let source = "SES \(region)"
            if !entries.isEmpty {
                try await page(
                    entries.map { entry in
                        SuppressionEntry(
                            address: entry.address.lowercased(), reason: entry.reason.campaignReason,
                            source: source,
                            at: Timestamp(milliseconds: Int64((entry.lastUpdate ?? 0) * 1000)))
                    })
            }
            next = token
        } while next != nil
    }

    package func suppress(_ address: String, asComplaint: Bool) async throws {
        try await attempt { () async throws(AWSError) in
            try await client.suppress(address, for: asComplaint ? .complaint : .bounce)
        }
    }

    package func identity(_ name: String) async throws -> SendingIdentity? {
        let identity = try await attempt { () async throws(AWSError) in try await client.identity(name) }
        return identity.map { identity in
            SendingIdentity(
                name: name, isVerified: identity.isVerified ?? false, dkimStatus: identity.dkim?.status,
                isDKIMSigningEnabled: identity.dkim?.isSigningEnabled ?? false,
                mailFromDomain: identity.mailFrom?.domain, mailFromStatus: identity.mailFrom?.status)
        }
    }

    private func attempt<Value>(_ call: () async throws(AWSError) -> Value) async throws -> Value {
        do throws(AWSError) {
            return try await call()
        } catch {
            throw error.failure(of: .account(region: region))
        }
    }
}

extension SES.SuppressionReason {
    fileprivate var campaignReason: SuppressionReason {
        switch self {
        case .bounce: .bounce
        case .complaint: .complaint
        }
    }
}
