internal import AWS
internal import AccountAudit
internal import Campaigns
internal import Canary
internal import CloudAdapters
internal import Delivery
internal import Deliverability
internal import Handlers
internal import HostAdapters
internal import SMTP
internal import Suppressions

extension DoctorCommand {
    /// What an account is asked for beside SES: the relay's credentials, the functions, the lists that a campaign meets.
    func accountExaminations(_ aws: AWSConfiguration, regions: [String]) throws -> [Examination] {
        let settings = try Configuration(environment: ProcessEnvironment.all)
        return relayExaminations(settings, aws) + functionExaminations(aws)
            + (try suppressionExaminations(aws, regions: regions))
    }

    // MARK: - Relay

    private func relayExaminations(_ settings: Configuration, _ aws: AWSConfiguration) -> [Examination] {
        var settings = settings
        if let region = relayRegion?.names.first { settings.relayRegion = region }
        let smtp = SMTPClient(certificateAuthorities: ProcessEnvironment.all["AWS_CA_BUNDLE"])
        let watch = MailPathWatch(settings, aws: aws, smtp: smtp)
        let parameter = settings.relayParameter
        let keys = Examination(
            "The relay's access key", check: "relay-key", layer: .relayCredentials, paths: [.relay]
        ) { [relayUser] in
            guard parameter != nil || relayUser != nil else {
                return [
                    Finding(
                        "relay-key", .unknown, layer: .relayCredentials, paths: [.relay],
                        "Which credentials the relay has is not known, so that neither key nor login was looked at",
                        remedy:
                            "Store user:password of the relay in SSM and name it in JADA_BLAST_RELAY_PARAMETER, or give --relay-user",
                        fix: ["jada-blast smtp-check --region REGION --user ACCESS_KEY_ID"])
                ]
            }
            var key: String?
            if let parameter {
                // That it cannot be read is what the login's examination tells.
                key = (try? await aws.secret(parameter)).flatMap { SubmissionCredentials($0) }?.user
                if key == nil, relayUser == nil { return [] }
            }
            return await RelayKeyAudit(aws: aws, now: SystemClock().now()).findings(key: key, user: relayUser)
        }
        return (watch.login.map { [$0] } ?? []) + (settings.relayServer == nil ? [keys] : [])
    }

    // MARK: - Functions

    /// In the Region that the campaigns are sent from.
    private func functionExaminations(_ aws: AWSConfiguration) -> [Examination] {
        let names = functions.isEmpty ? ["jada-blast-scheduler", "jada-blast-sender"] : functions
        return names.map { name in
            Examination(
                "The function \(name)", check: "function", layer: .worker, paths: [.api], region: aws.region
            ) { [functions] in
                await FunctionAudit(aws: aws, now: SystemClock().now(), wrongSettings: Self.wrongSettings)
                    .findings(on: name, isExpected: !functions.isEmpty)
            }
        }
    }

    /// What a function of ours would not start with.
    @Sendable private static func wrongSettings(_ environment: [String: String]) -> [String] {
        do throws(Problems) {
            let settings = try Configuration(environment: environment)
            let needed = [
                ("JADA_BLAST_BUCKET", settings.bucket), ("JADA_BLAST_TABLE", settings.table),
                ("JADA_BLAST_QUEUE_URL", settings.queueURL),
            ]
            return needed.filter { $0.1 == nil }.map { "\($0.0) is not set" }
        } catch {
            return error.all.map(\.description)
        }
    }

    // MARK: - Suppression lists

    private func suppressionExaminations(_ aws: AWSConfiguration, regions: [String]) throws -> [Examination] {
        guard let campaign else { return [] }
        return [
            Examination(
                "Who of \(campaign) is on a suppression list", check: "suppression", layer: .suppressionList,
                limit: .seconds(600)
            ) { [places] in
                do {
                    return [try await Self.suppression(of: campaign, places, aws, regions)]
                } catch {
                    return Problem.all(in: error).map {
                        Finding(
                            "suppression", .unknown, layer: .suppressionList,
                            "Who of \(campaign) is on a suppression list could not be looked at",
                            evidence: [$0.message], remedy: $0.remedy)
                    }
                }
            }
        ]
    }

    private static func suppression(
        of campaign: CampaignID, _ places: PlaceOptions, _ aws: AWSConfiguration, _ regions: [String]
    ) async throws -> Finding {
        let services = try await Services(places, sends: false)
        let audience = try await Audience(
            of: campaign, in: services.library, clock: services.clock, encoder: services.addresses)
        let lists = regions.map { region in
            var there = aws
            there.region = region
            return AccountList(
                name: "SES \(region)", account: SESSendingAccount(aws: there), additions: nil,
                isSendingFrom: region == aws.region)
        }
        let audit = SuppressionAudit(
            own: services.suppression, accounts: lists, encoder: services.addresses)
        let summary = try await audit.run(over: audience) { _ in }
        let seen = summary.counts.map { list, reason, count in
            let name = list == SuppressionAudit.ownList ? "our list" : list
            return "\(name), \(reason.rawValue): \(count)"
        }
        let mailed = summary.mailedAlthoughListed
        return Finding(
            "suppression", mailed > 0 ? .warning : .healthy, layer: .suppressionList,
            mailed > 0
                ? "\(mailed) of \(summary.addresses) addresses of \(campaign) are on a list of another Region, and are mailed all the same"
                : "\(summary.skipped) of \(summary.addresses) addresses of \(campaign) are on suppression lists, and are skipped",
            evidence: seen.isEmpty ? ["on no list"] : seen,
            remedy: mailed > 0 ? "Look who they are, and take those lists into ours" : nil,
            fix: mailed > 0
                ? ["check \(campaign)", "sync"].map {
                    "jada-blast suppression \($0) --regions \(regions.joined(separator: ","))\(places.repeated)"
                } : [])
    }
}
