import AWSSupport
import Campaigns
import HTTP
import TestSupport
import Testing

@testable import AWS
@testable import CloudAdapters

@Suite("Problems of AWS", .timeLimit(.minutes(10)))
struct ProblemTests {
    private func problem(
        _ kind: AWSError.Kind, with resource: CloudResource = .table("jada"), remedy: String? = nil
    ) -> Problem {
        AWSError(service: "DynamoDB", operation: "GetItem", kind: kind, requestID: "R1", remedy: remedy)
            .problem(with: resource)
    }

    @Test("each kind of failure is told with what to do")
    func kinds() {
        let cases: [(AWSError.Kind, Problem.Kind)] = [
            (.credentials("nothing found"), .accessDenied),
            (.configuration("no Region"), .configuration),
            (.malformedResponse("cut off"), .unavailable),
            (
                .transport(HTTPError(kind: .connect, written: .nothing, curlCode: 7, message: "refused")),
                .unavailable
            ),
            (.service(code: "AccessDeniedException", message: "", status: 400), .accessDenied),
            (.service(code: "ExpiredTokenException", message: "", status: 400), .accessDenied),
            (.service(code: "UnrecognizedClientException", message: "", status: 400), .accessDenied),
            (.service(code: "Forbidden", message: "", status: 403), .accessDenied),
            (.service(code: "ResourceNotFoundException", message: "", status: 400), .configuration),
            (.service(code: "PermanentRedirect", message: "", status: 301), .configuration),
            (.service(code: "ThrottlingException", message: "", status: 400), .unavailable),
            (.service(code: "InternalServerError", message: "", status: 500), .unavailable),
            (.service(code: "ValidationException", message: "", status: 400), .software),
        ]
        for (kind, expected) in cases {
            let problem = problem(kind)
            #expect(problem.kind == expected, "\(kind)")
            #expect(problem.remedy?.isEmpty == false)
            #expect(problem.remedy?.last != ".")
        }
    }

    @Test("the client's own remedy comes first, and is told once")
    func remedies() {
        let problem = problem(
            .service(code: "ExpiredTokenException", message: "expired", status: 400),
            remedy: "The credentials have expired: sign in again.")
        #expect(problem.remedy == "The credentials have expired: sign in again")
        #expect(
            problem.description == """
                table jada: DynamoDB GetItem: ExpiredTokenException (HTTP 400): expired [request id R1]. \
                The credentials have expired: sign in again.
                """)
    }

    @Test(
        "an item that cannot be read is named, unless its key is an address",
        arguments: [
            ("RUN#cruise#1", "BATCH#000000#000001", "RUN#cruise#1 / BATCH#000000#000001"),
            ("SUPPRESSION#a", "ann@example.org", "SUPPRESSION"),
            ("BOUNCES#ann@example.org", "cruise#1", "BOUNCES"),
        ])
    func unreadableItem(pk: String, sk: String, place: String) {
        let problem = CloudTable.key(pk, sk).unreadable("at")
        #expect(problem.file == place && !"\(problem)".contains("ann@"))
    }

    @Test("what a policy does not allow is told with the statement that would allow it")
    func deniedCalls() async throws {
        let owner = try await MotoAccount(checksSignatures: true)
        let account = owner.signing(with: try await owner.assumeRole(allowing: "ses:GetAccount"))
        let queue = MotoAccount.freshName()
        let configuration = CloudConfiguration(
            bucket: try await owner.createBucket(), prefix: "marketing/",
            table: try await owner.createTable(),
            queueURL: try await owner.createQueue(queue))
        let cloud = Cloud(aws: account.aws, configuration: configuration)
        let bucket = "arn:aws:s3:::\(configuration.bucket)"
        let table = "arn:aws:dynamodb:*:*:table/\(configuration.table)"
        let run = try #require(RunID("a#1"))
        let batch = BatchID(run: run, shard: 0, number: 0)
        let now = Timestamp(milliseconds: 0)
        let entry = SuppressionEntry(address: "a@example.org", reason: .manual, source: "test", at: now)
        let calls: [(action: String, resource: String, call: @Sendable () async throws -> Void)] = [
            ("s3:ListBucket", bucket, { _ = try await cloud.library.campaigns() }),
            (
                "s3:GetObject", "\(bucket)/marketing/campaigns/*",
                { _ = try await cloud.library.read("campaigns/a/campaign.json", maximumBytes: 10) }
            ),
            (
                "s3:GetObject", "\(bucket)/marketing/runs/*",
                { _ = try await cloud.library.open("runs/a/shard") }
            ),
            (
                "s3:PutObject", "\(bucket)/marketing/runs/*",
                { try await cloud.library.write([1], to: "runs/a/plan.json") }
            ),
            (
                "s3:DeleteObject", "\(bucket)/marketing/runs/*",
                { try await cloud.library.delete(["runs/a/plan.json"]) }
            ),
            ("dynamodb:Query", table, { _ = try await cloud.ledger.runs(of: nil) }),
            (
                "dynamodb:UpdateItem", table,
                { _ = try await cloud.ledger.claim(batch, worker: "w", now: now, lease: .seconds(1)) }
            ),
            (
                "dynamodb:BatchGetItem", table,
                { _ = try await cloud.suppressionList.lookUp(["a@example.org"]) }
            ),
            ("dynamodb:PutItem", table, { try await cloud.suppressionList.add(entry) }),
            ("dynamodb:DeleteItem", table, { try await cloud.suppressionList.remove("a@example.org") }),
            ("dynamodb:GetItem", table, { _ = try await cloud.pace.read() }),
            (
                "sqs:SendMessage", "arn:aws:sqs:*:123456789012:\(queue)",
                { try await cloud.queue.send([ShardMessage(run: run, shard: 0)], delay: .zero) }
            ),
            (
                "sqs:GetQueueAttributes", "arn:aws:sqs:*:123456789012:\(queue)",
                { _ = try await cloud.queue.count() }
            ),
            (
                "ssm:GetParameter", "arn:aws:ssm:*:*:parameter/key",
                { _ = try await account.aws.secret("/key") }
            ),
        ]
        for (action, resource, call) in calls {
            let problem = await #expect(throws: Problem.self, "\(action)") { try await call() }
            #expect(problem?.kind == .accessDenied)
            let statement =
                #"signs: {"Effect": "Allow", "Action": "\#(action)", "Resource": "\#(resource)"}"#
            #expect(problem?.remedy?.contains(statement) == true, "\(problem?.description ?? "")")
        }
    }

    @Test("action and resource are those that AWS names, where it does")
    func namedPermission() {
        func remedy(_ message: String, of resource: CloudResource) -> String? {
            AWSError(
                service: "SSM", operation: "GetParameter",
                kind: .service(code: "AccessDeniedException", message: message, status: 400)
            ).problem(with: resource).remedy
        }
        let user = "User: arn:aws:sts::123456789012:assumed-role/sender/jada-blast-sender"
        let key = "arn:aws:kms:us-west-2:123456789012:key/1234abcd"
        #expect(
            remedy(
                "\(user) is not authorized to perform: kms:Decrypt on resource: \(key) because no identity-based policy "
                    + "allows the kms:Decrypt action", of: .parameter("/key"))
                    == """
                    Add to the IAM policy of the identity that signs: \
                    {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "\(key)"}
                    """)
        // As S3 says it, in quotation marks: a folder is more use than the one object.
        #expect(
            remedy(
                #"\#(user) is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::b/campaigns/a/list.csv" because"#,
                of: .object(key: "campaigns/a/list.csv", bucket: "b", prefix: ""))?
                .contains(#""Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/campaigns/*"}"#) == true)
        #expect(
            remedy(
                "\(user) is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::b/runs/a with an explicit "
                    + "deny in a resource-based policy", of: .object(key: "runs/a", bucket: "b", prefix: ""))
                == "A policy denies s3:PutObject on arn:aws:s3:::b/runs/* explicitly: take the denial out, or meet its condition"
        )
    }

    @Test("a cancelled call is a cancellation, not a problem")
    func cancellation() {
        let error = AWSError(
            service: "S3", operation: "GetObject",
            kind: .transport(HTTPError(kind: .cancelled, written: .maybe, curlCode: 42, message: "cancelled"))
        )
        #expect(error.failure(of: .bucket("b")) is CancellationError)
    }

    @Test("a bucket, table or queue that is not there is told by name, with the setting to mend")
    func missingResources() async throws {
        let account = try await MotoAccount()
        let cloud = Cloud(
            aws: account.aws,
            configuration: CloudConfiguration(
                bucket: "absent-bucket", table: "absent-table",
                queueURL: "\(account.server.url)/123456789012/absent-queue"))
        let run = try #require(RunID("a#1"))
        let batch = BatchID(run: run, shard: 0, number: 0)
        let now = Timestamp(milliseconds: 0)
        let calls: [(name: String, key: String, call: @Sendable () async throws -> Void)] = [
            ("bucket absent-bucket", "JADA_BLAST_BUCKET", { _ = try await cloud.library.campaigns() }),
            (
                "bucket absent-bucket", "JADA_BLAST_BUCKET",
                { _ = try await cloud.library.read("campaigns/a/campaign.json", maximumBytes: 10) }
            ),
            (
                "bucket absent-bucket", "JADA_BLAST_BUCKET",
                { try await cloud.library.write([1], to: "runs/a") }
            ),
            ("table absent-table", "JADA_BLAST_TABLE", { _ = try await cloud.ledger.run(run) }),
            ("table absent-table", "JADA_BLAST_TABLE", { _ = try await cloud.ledger.runs(of: nil) }),
            (
                "table absent-table", "JADA_BLAST_TABLE",
                { _ = try await cloud.ledger.claim(batch, worker: "w", now: now, lease: .seconds(1)) }
            ),
            ("table absent-table", "JADA_BLAST_TABLE", { _ = try await cloud.suppressionList.lookUp(["a"]) }),
            (
                "table absent-table", "JADA_BLAST_TABLE",
                { _ = try await cloud.pace.read() }
            ),
            ("absent-queue", "JADA_BLAST_QUEUE_URL", { _ = try await cloud.queue.count() }),
            (
                "absent-queue", "JADA_BLAST_QUEUE_URL",
                { try await cloud.queue.send([ShardMessage(run: run, shard: 0)], delay: .zero) }
            ),
        ]
        for (name, key, call) in calls {
            let problem = await #expect(throws: Problem.self) { try await call() }
            #expect(problem?.kind == .configuration)
            #expect(problem?.key == key)
            #expect(problem?.message.contains(name) == true)
            #expect(problem?.remedy?.contains("AWS_REGION") == true)
        }
    }

    @Test("nobody there is unavailable")
    func unreachable() async throws {
        var aws = try await MotoAccount().aws
        aws.environment["AWS_ENDPOINT_URL"] = "http://127.0.0.1:1"
        aws.environment["AWS_MAX_ATTEMPTS"] = "1"
        let cloud = Cloud(
            aws: aws, configuration: CloudConfiguration(bucket: "bucket", table: "t", queueURL: "q"))
        let problem = await #expect(throws: Problem.self) { _ = try await cloud.library.campaigns() }
        #expect(problem?.kind == .unavailable)
        let mail = OutgoingMail(
            from: Mailbox(address: "a@example.org"), to: Mailbox(address: "b@example.org"), subject: "s",
            text: "t")
        guard case .throttled(.unreachable) = await cloud.mailer.send(mail) else {
            Issue.record("a mail that nobody took")
            return
        }
    }
}
