import AWSSupport
import Campaigns
import HTTP
import TestSupport
import Testing

@testable import AWS
@testable import CloudAdapters

@Suite("Problems of AWS", .timeLimit(.minutes(2)))
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
