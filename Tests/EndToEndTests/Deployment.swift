import AWS
import AWSSupport
import Campaigns
import CloudAdapters
import Foundation
import HTTP
import TestSupport

/// What template.yaml makes: a bucket, a table and a queue on a moto that checks signatures, and an SES account on the
/// simulator that does.
struct Deployment {
    let account: MotoAccount
    let configuration: CloudConfiguration
    let simulator: SESSimulator
    /// What the functions and the command line are given.
    let environment: [String: String]

    static let region = "us-west-2"
    static let unsubscribeURL = "https://unsubscribe.example/u?t={token}"
    static let unsubscribeKey = "0123456789abcdef0123456789abcdef"

    /// Makes it in accounts that ``withAccounts(_:)`` gives.
    init(account: MotoAccount, simulator: SESSimulator) async throws {
        self.account = account
        self.simulator = simulator
        configuration = CloudConfiguration(
            bucket: try await account.createBucket(), table: try await account.createTable(),
            queueURL: try await account.createQueue(maximumReceives: 5))
        environment = SESAccount.environment(simulator, key: account.key).merging([
            "AWS_ENDPOINT_URL": account.server.url,
            "JADA_BLAST_BUCKET": configuration.bucket,
            "JADA_BLAST_TABLE": configuration.table,
            "JADA_BLAST_QUEUE_URL": configuration.queueURL,
        ]) { $1 }
    }

    /// The ports on this deployment, for the test's own look.
    var cloud: Cloud { Cloud(aws: account.aws, configuration: configuration) }

    /// Copies a campaign of examples/ into the bucket.
    ///
    /// - Parameter change: changes what `campaign.json` says.
    func upload(_ campaign: String, as name: String? = nil, change: (inout [String: Any]) -> Void = { _ in })
        async throws
    {
        let folder = Checkout.root.appendingPathComponent("examples/campaigns/\(campaign)")
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
            var data = try Data(contentsOf: file)
            if file.lastPathComponent == "campaign.json" {
                var metadata = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
                metadata["id"] = name ?? campaign
                change(&metadata)
                data = try JSONSerialization.data(withJSONObject: metadata)
            }
            try await S3(configuration: account.aws).put(
                .bytes([UInt8](data)), to: "campaigns/\(name ?? campaign)/\(file.lastPathComponent)",
                in: configuration.bucket)
        }
    }

    /// Puts the addresses of examples/suppression.csv on the two lists: what SES sees on the account's, the rest on ours.
    func suppressExamples() async throws {
        let text = try String(
            contentsOf: Checkout.root.appendingPathComponent("examples/suppression.csv"), encoding: .utf8)
        var ofAccount: [String: String] = [:]
        for line in text.split(separator: "\n").dropFirst() {
            let fields = line.split(separator: ",").map(String.init)
            switch fields[1] {
            case "bounce", "complaint": ofAccount[fields[0]] = fields[1].uppercased()
            default: try await suppress(fields[0], SuppressionReason(rawValue: fields[1]) ?? .manual)
            }
        }
        try await simulator.configure(.init(suppressed: ofAccount))
    }

    /// Puts an address on our own list.
    func suppress(_ address: String, _ reason: SuppressionReason) async throws {
        try await cloud.suppressionList.add(
            SuppressionEntry(
                address: address.lowercased(), reason: reason, source: "test",
                at: Timestamp(milliseconds: 1_780_000_000_000)))
    }

    /// Takes all messages that the queue shows, as Lambda's event source mapping does.
    func receive() async throws -> [SQS.Message] {
        try await SQS(configuration: account.aws).receive(
            from: configuration.queueURL, maximum: SQS.batchLimit, visibility: .seconds(3600))
    }

    /// Messages in the queue, those in somebody's hand too.
    func waiting() async throws -> Int { try await cloud.queue.count() }

    /// The run as the ledger holds it.
    func run(_ id: String) async throws -> Run? {
        guard let id = RunID(id) else { return nil }
        return try await cloud.ledger.run(id)
    }
}

/// Makes a deployment for the length of the closure.
func withDeployment<Result>(_ body: (Deployment) async throws -> Result) async throws -> Result {
    try await withAccounts { try await body(Deployment(account: $0, simulator: $1)) }
}

/// Gives a moto and an SES simulator that accept the same key.
func withAccounts<Result>(
    _ body: (MotoAccount, SESSimulator) async throws -> Result
) async throws -> Result {
    let account = try await MotoAccount(region: Deployment.region, checksSignatures: true)
    return try await withSESSimulator(keys: [account.key.accessKeyID: account.key.secretAccessKey]) {
        let result = try await body(account, $0)
        let complaint = $0.outputSoFar
        if !complaint.isEmpty { throw UnexpectedAnswer(description: complaint) }
        return result
    }
}

/// The SES simulator's account as a process sees it.
enum SESAccount {
    static let key = Credentials(
        accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG")

    static func environment(_ simulator: SESSimulator, key: Credentials = key) -> [String: String] {
        [
            "AWS_REGION": Deployment.region,
            "AWS_ACCESS_KEY_ID": key.accessKeyID,
            "AWS_SECRET_ACCESS_KEY": key.secretAccessKey,
            // Not those of whoever runs the tests.
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL_SESV2": simulator.url,
            "JADA_BLAST_UNSUBSCRIBE_URL": Deployment.unsubscribeURL,
            "JADA_BLAST_UNSUBSCRIBE_KEY": Deployment.unsubscribeKey,
        ]
    }
}
