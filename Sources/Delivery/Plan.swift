package import Campaigns
internal import Digests
internal import JSON

/// What a run sends, fixed once it is planned: the content of `plan.json` (invariant I3).
package struct Plan: Sendable, Codable, Hashable {
    /// The format of the plan's objects; a worker refuses a newer one.
    ///
    /// 2: shards have moments of their own, before which an older worker must not send them.
    package static let currentVersion = 2

    package var version: Int
    /// The run, as `campaign#occurrence`.
    package var run: String
    /// ISO 8601, UTC.
    package var plannedAt: String
    /// The campaign.json that was read, for the record.
    package var source: String
    package var content: Content
    /// Names of the values that each recipient has, in the order in which the shards hold them.
    package var variables: [String]
    package var rows: Int
    package var recipients: Int
    package var shards: Int
    package var shardSize: Int
    package var batchSize: Int
    /// Rows that were set aside while planning.
    package var setAside: OutcomeCounts
    /// SHA-256 over the SHA-256 of each shard, in order; in hexadecimal.
    package var recipientsDigest: String
    /// When each shard goes out, in order of their numbers; `nil` if all do at once.
    package var departures: [Departure]?

    package struct Departure: Sendable, Codable, Hashable {
        /// ISO 8601, UTC.
        package var notBefore: String
        package var recipients: Int
    }

    package init(
        run: String, plannedAt: String, source: String, content: Content, variables: [String], rows: Int,
        recipients: Int, shards: Int, shardSize: Int, batchSize: Int, setAside: OutcomeCounts,
        recipientsDigest: String, departures: Departures? = nil
    ) {
        version = departures == nil ? 1 : Plan.currentVersion
        self.run = run
        self.plannedAt = plannedAt
        self.source = source
        self.content = content
        self.variables = variables
        self.rows = rows
        self.recipients = recipients
        self.shards = shards
        self.shardSize = shardSize
        self.batchSize = batchSize
        self.setAside = setAside
        self.recipientsDigest = recipientsDigest
        self.departures = departures?.shards.map {
            Departure(notBefore: $0.notBefore.description, recipients: $0.recipients)
        }
    }

    /// All of a campaign that its mails are made of.
    package struct Content: Sendable, Codable, Hashable {
        package var subject: String
        package var fromName: String?
        package var fromAddress: String
        package var replyTo: [String]
        package var html: Template?
        package var text: Template?
        package var configurationSet: String?
        package var tags: [String: String]
        package var headers: [Header]
        /// Mails a second at most.
        package var rate: Double?

        package struct Template: Sendable, Codable, Hashable {
            package var file: String
            package var source: String
        }
        package struct Header: Sendable, Codable, Hashable {
            package var name: String
            package var value: String
        }
    }
}

/// Where a run's plan lies in the library.
package struct PlanKeys: Sendable {
    /// `runs/<campaign>/<occurrence>/<plan>/`.
    package let prefix: String

    package init(prefix: String) { self.prefix = prefix }

    /// - Parameter plan: tells apart the plans of two schedulers that plan the same occurrence at once.
    package init(run: RunID, plan: String) {
        prefix = "runs/\(run.campaign)/\(run.occurrence)/\(plan)/"
    }

    package var plan: String { prefix + "plan.json" }
    package func shard(_ number: Int) -> String { prefix + "shards/\(number).jsonl" }
    /// Rows that are not sent to, and why.
    package func setAside(_ number: Int) -> String { prefix + "set-aside/\(number).jsonl" }
}

/// One line of a shard.
package struct PlannedRecipient: Sendable, Codable, Hashable {
    /// Line of the recipients file, counted from 1.
    package var line: Int
    /// The address as it is sent to.
    package var to: String
    /// The time zone, as the list has it, for mails that follow; `nil` if it is the schedule's, or does not matter.
    package var zone: String?
    /// In the order of ``Plan/variables``.
    package var values: [String]

    package init(line: Int, to: String, zone: String? = nil, values: [String]) {
        self.line = line
        self.to = to
        self.zone = zone
        self.values = values
    }
}

/// One line of a set-aside object.
package struct SetAsideRow: Sendable, Codable, Hashable {
    package var line: Int
    /// As it would be sent; of an invalid row as it stands in the list, cut to 320 bytes.
    package var address: String
    /// `invalid`, `duplicate`, `excluded` or `suppressed`; of a follow-up one of the last two.
    package var outcome: String
    package var reason: String
}

extension Plan {
    /// Reads a run's plan, and makes sure that it is the one the run was made with.
    package static func load(of run: Run, from library: any CampaignLibrary) async throws -> Plan {
        let key = PlanKeys(prefix: run.planPrefix).plan
        let object = try await library.read(key, maximumBytes: 16 << 20)
        guard SHA256.hash(object.bytes).hexadecimal == run.planDigest else {
            throw Problem(
                .configuration, file: key, "the plan is not the one that run \(run.id) was made with",
                remedy: "Restore the object's original version; plans are never edited")
        }
        do {
            let plan = try JSONDecoder(limits: .init(bytes: 16 << 20)).decode(Plan.self, from: object.bytes)
            guard plan.version <= currentVersion else {
                throw Problem(
                    .configuration, file: key,
                    "the plan has format \(plan.version), this worker knows \(currentVersion)",
                    remedy: "Deploy the newer worker")
            }
            return plan
        } catch let error as JSONError {
            throw Problem(.invalidInput, file: key, key: error.path, error.message)
        }
    }
}
