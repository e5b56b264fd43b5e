package import Campaigns
package import Delivery

/// All settings of our own, read from the environment and checked at start; AWS's standard names are read by the clients.
package struct Configuration: Sendable {
    /// A setting, for `--help` and messages.
    package struct Setting: Sendable {
        package var name: String
        package var meaning: String
        package var fallback: String
        /// A value, for messages about a wrong one.
        package var example: String
    }

    /// Every setting there is.
    package static let settings: [Setting] = [
        Setting(
            name: "JADA_BLAST_BUCKET", meaning: "S3 bucket of campaigns and plans",
            fallback: "none; needed on AWS", example: "jada-blast-assets"),
        Setting(
            name: "JADA_BLAST_PREFIX", meaning: "prefix of all keys in the bucket, ending in /",
            fallback: "none", example: "marketing/"),
        Setting(
            name: "JADA_BLAST_TABLE", meaning: "DynamoDB table of runs, batches and suppressions",
            fallback: "none; needed on AWS", example: "jada-blast-table"),
        Setting(
            name: "JADA_BLAST_QUEUE_URL", meaning: "URL of the SQS queue of shards",
            fallback: "none; needed on AWS",
            example: "https://sqs.us-west-2.amazonaws.com/123456789012/jada-blast-shards"),
        Setting(
            name: "JADA_BLAST_UNSUBSCRIBE_URL",
            meaning: "https URL of the unsubscribe page, with {token} in it",
            fallback: "none; needed to send through SES", example: "https://example.org/u?t={token}"),
        Setting(
            name: "JADA_BLAST_UNSUBSCRIBE_KEY",
            meaning: """
                secret that seals unsubscribe tokens, 16 bytes or more; or several with commas between them, the newest \
                first: it seals, all open
                """,
            fallback: "none; needed to send through SES", example: "what openssl rand -hex 32 prints"),
        Setting(
            name: "JADA_BLAST_UNSUBSCRIBE_KEY_PARAMETER",
            meaning: "SSM parameter that holds that secret instead",
            fallback: "none", example: "/jada-blast/unsubscribe-key"),
        Setting(
            name: "JADA_BLAST_SENDER_NAME", meaning: "whose mailings they are, as the unsubscribe page says",
            fallback: "none", example: "JADA Sailing"),
        Setting(
            name: "JADA_BLAST_EVENTS_TOPIC",
            meaning: "ARN of the SNS topic of SES's events, for a daemon that it posts them to",
            fallback: "none", example: "arn:aws:sns:us-west-2:123456789012:jada-blast-events"),
        Setting(
            name: "JADA_BLAST_PREVIEW_URL",
            meaning: "https URL of a page that shows the mail, with {campaign} in it",
            fallback: "none", example: "https://example.org/campaigns/{campaign}"),
        Setting(
            name: "JADA_BLAST_LEASE_SECONDS", meaning: "how long a claim protects a batch, 30 to 43200",
            fallback: "30 seconds beyond the function's timeout; 120 elsewhere", example: "120"),
        Setting(
            name: "JADA_BLAST_CONCURRENCY", meaning: "mails handed over at once by a worker, 1 to 512",
            fallback: "64", example: "64"),
        Setting(
            name: "JADA_BLAST_REGIONS",
            meaning: "Regions whose SES suppression lists count as ours, with commas between them",
            fallback: "AWS_REGION", example: "us-east-1,us-west-2"),
        Setting(
            name: "JADA_BLAST_DOMAIN",
            meaning: "domain that mails come from, whose identity the canary looks at",
            fallback: "none", example: "queenofsandiego.com"),
        Setting(
            name: "JADA_BLAST_RELAY_PARAMETER",
            meaning: "SSM parameter that holds user:password of the SMTP relay, which the canary then tries",
            fallback: "none", example: "/jada-blast/relay"),
        Setting(
            name: "JADA_BLAST_RELAY_REGION", meaning: "Region of the SMTP relay",
            fallback: "AWS_REGION", example: "us-east-1"),
        Setting(
            name: "JADA_BLAST_RELAY_SERVER", meaning: "server of the SMTP relay, where it is not SES's",
            fallback: "SES's in that Region", example: "smtp.example.org:587"),
        Setting(
            name: "JADA_BLAST_HEADROOM", meaning: "share of SES's sending rate that is left unused, 0 to 0.9",
            fallback: "0.04", example: "0.04"),
        Setting(
            name: "JADA_BLAST_TRANSIENT_BOUNCES",
            meaning: "runs in which an address may bounce for now until it is suppressed, 1 to 100; 0: never",
            fallback: "3", example: "3"),
        Setting(
            name: "JADA_BLAST_TRANSIENT_BOUNCE_DAYS", meaning: "within so many days, 1 to 365",
            fallback: "30", example: "30"),
    ]

    package var bucket: String?
    package var prefix: String
    package var table: String?
    package var queueURL: String?
    package var unsubscribeURL: String?
    /// Never written anywhere.
    private var unsubscribeKey: String?
    package var unsubscribeKeyParameter: String?
    package var senderName: String?
    package var eventsTopic: String?
    package var previewURL: String?
    package var domain: String?
    package var relayParameter: String?
    package var relayRegion: String?
    package var relayServer: String?
    /// How long a claim protects a batch; `nil` leaves it to the sender.
    package var lease: Duration?
    package var concurrency: Int
    package var headroom: Double
    /// Regions whose SES suppression lists count; `nil` where only the one that mail goes out through does.
    package var regions: [String]?
    /// When an address that bounces again and again is given up.
    package var transientBounces: TransientBounceRule

    /// Reads the settings.
    ///
    /// - Throws: ``Problems`` with every setting that is wrong or unknown.
    package init(environment: [String: String]) throws(Problems) {
        var problems: [Problem] = []
        func text(_ name: String) -> String? {
            guard let value = environment[name], !value.isEmpty else { return nil }
            return value
        }
        func wrong(_ name: String, _ message: String, _ remedy: String) {
            problems.append(Problem(.configuration, key: name, message, remedy: remedy))
        }
        /// A text of which nothing is out of place.
        func checked(_ name: String, _ what: String, where isRight: (String) -> Bool) -> String? {
            guard let value = text(name) else { return nil }
            if !isRight(value) {
                wrong(name, "is '\(value)', which is no \(what)", "Set it to \(Self.hint(name))")
            }
            return value
        }
        func number<Number: LosslessStringConvertible & Comparable>(
            _ name: String, in range: ClosedRange<Number>
        ) -> Number? {
            guard let value = text(name) else { return nil }
            guard let number = Number(value), range.contains(number) else {
                wrong(
                    name, "is '\(value)'",
                    "Set it to a number from \(range.lowerBound) to \(range.upperBound), such as \(Self.example(name))"
                )
                return nil
            }
            return number
        }

        let known = Self.settings.map(\.name)
        for name in environment.keys.sorted() where name.hasPrefix("JADA_BLAST_") && !known.contains(name) {
            let near = known.near(name, atMost: 1)
            wrong(
                name, "is no setting",
                near.isEmpty ? "Take it out" : "Did you mean \(near[0])?")
        }
        bucket = checked("JADA_BLAST_BUCKET", "name of a bucket") { Self.isName($0, and: "._-") }
        prefix = text("JADA_BLAST_PREFIX") ?? ""
        // DynamoDB takes a table's ARN for its name.
        table = checked("JADA_BLAST_TABLE", "name of a table") { Self.isName($0, and: "._-:/") }
        queueURL = checked("JADA_BLAST_QUEUE_URL", "URL of a queue") {
            ($0.hasPrefix("https://") || $0.hasPrefix("http://")) && $0.split(separator: "/").count >= 3
                && Self.isName($0, and: "._-:/")
        }
        unsubscribeURL = text("JADA_BLAST_UNSUBSCRIBE_URL")
        unsubscribeKey = text("JADA_BLAST_UNSUBSCRIBE_KEY")
        unsubscribeKeyParameter = checked("JADA_BLAST_UNSUBSCRIBE_KEY_PARAMETER", "name of a parameter") {
            Self.isName($0, and: "._-:/")
        }
        senderName = text("JADA_BLAST_SENDER_NAME")
        eventsTopic = checked("JADA_BLAST_EVENTS_TOPIC", "ARN of a topic of SNS") {
            $0.hasPrefix("arn:") && $0.split(separator: ":", omittingEmptySubsequences: false).count == 6
                && Self.isName($0, and: "._-:")
        }
        previewURL = text("JADA_BLAST_PREVIEW_URL")
        domain = checked("JADA_BLAST_DOMAIN", "domain") { Self.isName($0, and: ".-") && $0.contains(".") }
        relayParameter = checked("JADA_BLAST_RELAY_PARAMETER", "name of a parameter") {
            Self.isName($0, and: "._-:/")
        }
        relayRegion = checked("JADA_BLAST_RELAY_REGION", "Region") { Self.regions($0) == [$0] }
        relayServer = checked("JADA_BLAST_RELAY_SERVER", "server") {
            let parts = $0.split(separator: ":", omittingEmptySubsequences: false)
            return Self.isName($0, and: ".-:") && !parts[0].isEmpty
                && (parts.count == 1 || parts.count == 2 && UInt16(parts[1]) != nil)
        }
        lease = number("JADA_BLAST_LEASE_SECONDS", in: 30...43200).map { (seconds: Int) in .seconds(seconds) }
        concurrency = number("JADA_BLAST_CONCURRENCY", in: 1...512) ?? 64
        headroom = number("JADA_BLAST_HEADROOM", in: 0...0.9) ?? 0.04
        if let list = text("JADA_BLAST_REGIONS") {
            regions = Self.regions(list)
            if regions == nil {
                wrong(
                    "JADA_BLAST_REGIONS", "is '\(list)'",
                    "Set it to Regions such as \(Self.example("JADA_BLAST_REGIONS"))")
            }
        }
        let days = number("JADA_BLAST_TRANSIENT_BOUNCE_DAYS", in: 1...365) ?? 30
        transientBounces = TransientBounceRule(
            runs: number("JADA_BLAST_TRANSIENT_BOUNCES", in: 0...100) ?? 3, memory: .seconds(days * 86_400))
        if !prefix.isEmpty, !prefix.hasSuffix("/") || prefix.hasPrefix("/") {
            wrong(
                "JADA_BLAST_PREFIX", "is '\(prefix)'",
                "Write it like marketing/, with a slash at its end only")
        }
        if let previewURL, !previewURL.hasPrefix("https://") {
            wrong(
                "JADA_BLAST_PREVIEW_URL", "is no https URL",
                "Set it to the page's address, such as \(Self.example("JADA_BLAST_PREVIEW_URL"))")
        }
        if unsubscribeKey != nil, unsubscribeKeyParameter != nil {
            wrong(
                "JADA_BLAST_UNSUBSCRIBE_KEY_PARAMETER", "is set beside JADA_BLAST_UNSUBSCRIBE_KEY",
                "Set one of them")
        }
        guard problems.isEmpty else { throw Problems(problems) }
    }

    /// The links that mails carry.
    ///
    /// - Parameters:
    ///   - allowsPlaceholder: whether a run may do without a real unsubscribe page: only into a local outbox.
    ///   - parameter: reads a secret from SSM by its name.
    package func links(
        allowsPlaceholder: Bool, parameter: (String) async throws -> String
    ) async throws -> MessageRenderer.LinkConfiguration {
        guard let unsubscribeURL else {
            guard allowsPlaceholder else {
                throw Problem(
                    .configuration, key: "JADA_BLAST_UNSUBSCRIBE_URL",
                    "is not set, and mail must carry a way out of it",
                    remedy: "Set it to the unsubscribe page, such as https://example.org/u?t={token}")
            }
            let keys = try await unsubscribeKeys(allowsPlaceholder: true, parameter: parameter)
            return .init(unsubscribe: .placeholder(keys: keys), preview: previewURL)
        }
        // A secret in SSM is none of the business of a command that mails nobody.
        let keys = try await unsubscribeKeys(
            allowsPlaceholder: allowsPlaceholder && unsubscribeKeyParameter != nil, parameter: parameter)
        return .init(
            unsubscribe: try UnsubscribeLinks(template: unsubscribeURL, keys: keys), preview: previewURL)
    }

    /// What seals unsubscribe tokens, and opens them.
    ///
    /// - Parameters:
    ///   - allowsPlaceholder: whether a secret that everybody knows will do: only for links in a local outbox.
    ///   - parameter: reads a secret from SSM by its name.
    package func unsubscribeKeys(
        allowsPlaceholder: Bool, parameter: (String) async throws -> String
    ) async throws -> UnsubscribeKeys {
        if let unsubscribeKey { return try UnsubscribeKeys(secrets: unsubscribeKey) }
        if allowsPlaceholder { return .placeholder }
        guard let unsubscribeKeyParameter else {
            throw Problem(
                .configuration, key: "JADA_BLAST_UNSUBSCRIBE_KEY", "is not set",
                remedy:
                    "Set it to a long random text (openssl rand -hex 32), or name an SSM parameter that holds one"
            )
        }
        return try UnsubscribeKeys(secrets: try await parameter(unsubscribeKeyParameter))
    }

    /// The Regions of a list with commas between them, each once; `nil` if one of them cannot be a Region's name.
    package static func regions(_ list: String) -> [String]? {
        var regions: [String] = []
        for part in list.split(separator: ",", omittingEmptySubsequences: false) {
            let name = part.filter { $0 != " " }
            let parts = name.split(separator: "-", omittingEmptySubsequences: false)
            let isName = name.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
            }
            guard isName, parts.count >= 3, parts.allSatisfy({ !$0.isEmpty }),
                Int(parts[parts.count - 1]) != nil
            else { return nil }
            if !regions.contains(name) { regions.append(name) }
        }
        return regions
    }

    /// A setting that this deployment cannot do without.
    package static func require(_ value: String?, _ name: String) throws(Problem) -> String {
        guard let value else {
            throw Problem(.configuration, key: name, "is not set", remedy: "Set it to \(hint(name))")
        }
        return value
    }

    private static func example(_ name: String) -> String {
        settings.first { $0.name == name }?.example ?? ""
    }

    /// What a setting should be, and an example.
    private static func hint(_ name: String) -> String {
        guard let setting = settings.first(where: { $0.name == name }) else { return "a value" }
        return "the \(setting.meaning), such as \(setting.example)"
    }

    /// Whether a text has nothing but letters and digits of ASCII, and `others`.
    private static func isName(_ text: String, and others: String) -> Bool {
        text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: others.utf8.contains(byte)
            }
        }
    }
}

extension Configuration: CustomStringConvertible, CustomReflectable {
    /// Free of secrets.
    package var description: String {
        "Configuration(bucket: \(bucket ?? "none"), table: \(table ?? "none"))"
    }
    package var customMirror: Mirror {
        Mirror(self, children: ["bucket": bucket as Any, "table": table as Any])
    }
}
