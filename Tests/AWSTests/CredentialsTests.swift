import Foundation
import HTTP
import Locks
import TestSupport
import Testing

@testable import AWS

private let secret = "wJalrXUtnFEMI/SECRET"
private let token = "TOKEN-OF-SESSION"

struct CredentialsTests {
    @Test("No description, dump or mirror shows a secret")
    func redacted() {
        let keys = Credentials(
            accessKeyID: "AKIDEXAMPLE", secretAccessKey: secret, sessionToken: token, expiration: 5)
        var dumped = ""
        dump([keys], to: &dumped)
        dump(StaticCredentials(keys), to: &dumped)
        for text in ["\(keys)", String(reflecting: keys), "\([keys])", "\(StaticCredentials(keys))", dumped] {
            #expect(text.contains("AKIDEXAMPLE"))
            #expect(!text.contains(secret) && !text.contains(token))
        }
    }

    @Test("Half a pair of variables is an error that names the missing one")
    func half() async {
        let source = EnvironmentCredentials(environment: ["AWS_ACCESS_KEY_ID": "A"])
        await #expect {
            try await source.find()
        } throws: { error in
            (error as? CredentialsFailure)?.message.contains("AWS_SECRET_ACCESS_KEY is not") == true
        }
    }

    @Test("An empty search names every place it looked in", .timeLimit(.minutes(10)))
    func nowhere() async throws {
        try await withTemporaryFolder { folder in
            let http = HTTPClient()
            defer { http.shutdown() }
            let configuration = try AWSConfiguration(
                environment: [
                    "HOME": folder.path, "AWS_REGION": "us-west-2", "AWS_EC2_METADATA_DISABLED": "true",
                    "AWS_WEB_IDENTITY_TOKEN_FILE": "/token",
                ], http: http)
            await #expect {
                try await AWSClient(.s3, configuration: configuration).send(
                    AWSRequest(operation: "ListBuckets", method: "GET", isIdempotent: true))
            } throws: { error in
                let text = "\(error)"
                return [
                    "S3 ListBuckets: No AWS credentials found", "AWS_ACCESS_KEY_ID",
                    "profile default in \(folder.path)",
                    "container endpoint", "off by AWS_EC2_METADATA_DISABLED",
                    "AWS_WEB_IDENTITY_TOKEN_FILE is set",
                ].allSatisfy(text.contains)
            }
        }
    }

    @Test("Without a Region the error says where to set one")
    func noRegion() {
        let http = HTTPClient()
        defer { http.shutdown() }
        #expect {
            try AWSConfiguration(environment: ["HOME": "/nowhere"], http: http)
        } throws: { error in
            "\(error)".contains("set AWS_REGION, or region in profile default of /nowhere/.aws/config")
        }
    }

    @Test(
        "A profile that cannot be used says why and what to do",
        arguments: [
            ("role_arn = arn:aws:iam::1:role/x\nsource_profile = y", "assumes a role (role_arn)"),
            ("sso_session = x", "signs in through IAM Identity Center"),
            ("aws_access_key_id = A", "lacks aws_secret_access_key"),
            ("credential_process = 'open", "a quote is not closed"),
            ("credential_process = /no/such/program", "could not be run"),
            ("credential_process = sh -c \"echo hunter2 >&2; exit 3\"", "ended with status 3"),
            ("credential_process = sh -c \"kill -9 $$\"", "ended with status 137"),
            ("credential_process = echo hunter2", "did not answer with the JSON of credentials"),
            ("credential_process = echo '{\"Version\":2}'", "must answer with \"Version\": 1"),
            (
                "credential_process = echo '{\"Version\":1,\"AccessKeyId\":\"hunter2\"}'",
                "without SecretAccessKey"
            ),
            (
                "credential_process = echo '{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"hunter2\","
                    + "\"Expiration\":\"soon\"}'", "Expiration that is no RFC 3339 time"
            ),
            ("credential_process = head -c 100000 /dev/zero", "printed more than 65536 bytes"),
        ])
    func unusable(_ settings: String, message: String) async throws {
        try await withTemporaryFolder { folder in
            let config = folder.appendingPathComponent("config")
            try Data("[profile work]\n\(settings)\n".utf8).write(to: config)
            let environment = [
                "AWS_CONFIG_FILE": config.path, "AWS_PROFILE": "work", "HOME": folder.path,
                "PATH": "/usr/bin:/bin",
            ]
            let profile = ProfileCredentials(
                configuration: try SharedConfiguration(environment: environment), environment: environment)
            await #expect {
                try await CredentialsChain(sources: [profile]).credentials()
            } throws: { error in
                let text = "\(error)"
                return text.contains(message) && !text.contains("hunter2")
            }
        }
    }

    @Test("A credential_process that hangs is ended, with all it started", .timeLimit(.minutes(10)))
    func hangs() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("pid")
            let process = ProcessCredentials(
                command: "sh -c 'echo $$ >\(file.path); sleep 600 & wait'",
                environment: ["PATH": "/usr/bin:/bin"],
                patience: .milliseconds(500))
            await #expect(throws: CredentialsFailure.self) { try await process.fetch() }
            let text = try String(contentsOf: file, encoding: .utf8)
            let identifier = try #require(Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)))
            #expect(kill(identifier, 0) != 0)
        }
    }
}

/// Hands out numbered keys, or fails, as the test says.
private final class Source: CredentialsProvider {
    struct State {
        var calls = 0
        var lifetime: Int64? = 3600
        var isFailing = false
        var now: Int64 = 1_000_000
    }
    let state = Mutex(State())

    func credentials() async throws(AWSError) -> Credentials {
        let (state, isFailing) = state.withLock { state in
            state.calls += 1
            return (state, state.isFailing)
        }
        try? await Task.sleep(for: .milliseconds(20))
        if isFailing {
            throw AWSError(service: "AWS", operation: "credentials", kind: .credentials("gone"), attempts: 0)
        }
        return Credentials(
            accessKeyID: "KEY\(state.calls)", secretAccessKey: secret,
            expiration: state.lifetime.map { state.now + $0 })
    }

    func advance(_ seconds: Int64) { state.withLock { $0.now += seconds } }
}

struct CachedCredentialsTests {
    private let source = Source()
    private var cache: CachedCredentials {
        CachedCredentials(source, now: { [source] in source.state.withLock { $0.now } })
    }

    @Test("However many ask at once, the source is asked once")
    func singleFlight() async throws {
        let cache = cache
        let keys = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<50 { group.addTask { try await cache.credentials().accessKeyID } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(keys == ["KEY1"])
        #expect(source.state.withLock { $0.calls } == 1)
    }

    @Test("Keys are renewed five minutes before they expire, and not before")
    func refresh() async throws {
        let cache = cache
        #expect(try await cache.credentials().accessKeyID == "KEY1")
        source.advance(3600 - 301)
        #expect(try await cache.credentials().accessKeyID == "KEY1")
        source.advance(2)
        #expect(try await cache.credentials().accessKeyID == "KEY2")
    }

    @Test("Keys without an end are kept for good")
    func permanent() async throws {
        source.state.withLock { $0.lifetime = nil }
        let cache = cache
        for _ in 0..<3 {
            #expect(try await cache.credentials().accessKeyID == "KEY1")
            source.advance(1_000_000)
        }
    }

    @Test("Where a refresh fails, keys that are still valid serve on, and expired ones do not")
    func failure() async throws {
        let cache = cache
        _ = try await cache.credentials()
        source.state.withLock { $0.isFailing = true }
        source.advance(3600 - 100)
        #expect(try await cache.credentials().accessKeyID == "KEY1")
        #expect(try await cache.credentials().accessKeyID == "KEY1")
        #expect(source.state.withLock { $0.calls } == 2, "a failing source is not asked by each call")
        source.advance(31)
        #expect(try await cache.credentials().accessKeyID == "KEY1")
        #expect(source.state.withLock { $0.calls } == 3)
        source.advance(70)
        await #expect(throws: AWSError.self) { try await cache.credentials() }
        source.state.withLock { $0.isFailing = false }
        #expect(try await cache.credentials().accessKeyID == "KEY5")
    }

    @Test("A source that hands out old keys is not asked again by each call")
    func old() async throws {
        source.state.withLock { $0.lifetime = 10 }
        let cache = cache
        _ = try await cache.credentials()
        _ = try await cache.credentials()
        #expect(source.state.withLock { $0.calls } == 1)
        source.advance(31)
        _ = try await cache.credentials()
        #expect(source.state.withLock { $0.calls } == 2)
    }
}
