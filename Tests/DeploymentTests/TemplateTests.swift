import Foundation
import TestSupport
import Testing

/// A command of the Python tools that `make setup` installs.
struct Tool: CustomTestStringConvertible, Sendable {
    let name: String
    let arguments: [String]
    var testDescription: String { ([name] + arguments).joined(separator: " ") }

    private var url: URL { Checkout.root.appendingPathComponent(".venv/bin/\(name)") }
    var isPresent: Bool { FileManager.default.isExecutableFile(atPath: url.path) }

    /// Runs it in a folder of its own.
    func run() async throws -> (status: Int32, output: String) {
        try await withTemporaryFolder { folder in
            let output = folder.appendingPathComponent("output")
            _ = FileManager.default.createFile(atPath: output.path, contents: nil)
            let process = Process()
            process.executableURL = url
            process.arguments = arguments
            process.environment = ProcessInfo.processInfo.environment
                .filter { !$0.key.hasPrefix("AWS_") && !$0.key.hasPrefix("SAM_") }
                .merging(["SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": "us-west-2", "HOME": folder.path]) {
                    $1
                }
            process.currentDirectoryURL = folder
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = try FileHandle(forWritingTo: output)
            process.standardError = process.standardOutput
            try process.run()
            process.waitUntilExit()
            return (process.terminationStatus, try String(contentsOf: output, encoding: .utf8))
        }
    }

    static let linters = [
        Tool(name: "cfn-lint", arguments: [Template.path]),
        Tool(name: "sam", arguments: ["validate", "--lint", "--template", Template.path]),
    ]
}

@Suite("template.yaml", .timeLimit(.minutes(10)))
struct TemplateTests {
    @Test(
        "linters find nothing wrong, without a network",
        .enabled(
            if: Tool.linters.allSatisfy(\.isPresent),
            "cfn-lint or sam is missing in .venv: make setup installs them"),
        arguments: Tool.linters)
    func lint(_ tool: Tool) async throws {
        let (status, output) = try await tool.run()
        #expect(status == 0, "\(output)")
    }

    @Test(
        "a message in a function's hand stays hidden for six times the function's timeout",
        arguments: [("Sender", "Shards"), ("Feedback", "MailEvents")])
    func visibility(function: String, queue: String) async throws {
        let template = try await Template.read()
        let timeout = try #require(template.functions[function]).timeout
        #expect(try #require(template.visibilityTimeouts[queue]) >= 6 * timeout)
    }

    @Test("each function writes to a log group of its own, which keeps logs for as long as asked")
    func logs() async throws {
        var settings = Template.Settings()
        settings.parameters["LogRetentionDays"] = "7"
        let template = try await Template.read(settings)
        #expect(template.functions.values.map(\.logGroup).sorted() == template.logGroups.keys.sorted())
        #expect(template.logGroups.values.allSatisfy { $0 == 7 })
    }

    @Test("alarms watch every function and every dead-letter queue, and tell the topic")
    func alarms() async throws {
        let template = try await Template.read()
        func watched(_ metric: String) -> [String] {
            template.alarms.filter { $0.metric == metric }.map(\.of).sorted()
        }
        let functions = template.functions.values.map(\.name).sorted()
        #expect(watched("AWS/Lambda Errors") == functions)
        // Of the canary it is told that it was silent, for whatever reason.
        #expect(watched("AWS/Lambda Throttles") == functions.filter { $0 != "jada-blast-canary" })
        #expect(watched("AWS/Lambda Invocations") == ["jada-blast-canary"])
        #expect(watched("jada-blast Broken") == ["network", "relay-credentials", "ses"])
        #expect(watched("jada-blast Unknown") == [""])
        #expect(watched("AWS/Lambda Url5xxCount") == Array(template.openUrls.keys))
        #expect(
            watched("AWS/SQS ApproximateNumberOfMessagesVisible")
                == ["jada-blast-events-dead", "jada-blast-shards-dead"])
        #expect(watched("AWS/SQS ApproximateAgeOfOldestMessage") == ["jada-blast-shards"])
        #expect(watched("AWS/SES Reputation.BounceRate") == [""])
        #expect(watched("AWS/SES Reputation.ComplaintRate") == [""])
        for alarm in template.alarms {
            #expect(alarm.tells == ["arn:aws:sns:us-west-2:123456789012:jada-blast-alarms"])
        }
    }

    @Test(
        "policies name actions, resources and conditions that go together, by parliament's knowledge of AWS")
    func policies() async throws {
        for (name, role) in try await Template.read().roles {
            #expect(role.findings == [], "\(name)")
        }
    }

    @Test(
        "a function's role is for Lambda; one for schedules may call the scheduler, for this account's schedules"
    )
    func trust() async throws {
        let template = try await Template.read()
        for function in template.functions.values {
            #expect(
                try template.policy(of: function).assumedBy.map(\.principals) == [["lambda.amazonaws.com"]])
        }
        let schedules = try #require(template.roles["ScheduleRole"])
        #expect(
            schedules.grants == [
                Policy.Grant(
                    action: "lambda:InvokeFunction",
                    resource: "arn:aws:lambda:us-west-2:123456789012:function:jada-blast-scheduler",
                    leadingKey: nil)
            ])
        #expect(schedules.assumedBy.map(\.principals) == [["scheduler.amazonaws.com"]])
        #expect(
            schedules.assumedBy.map(\.conditions) == [["StringEquals aws:SourceAccount": ["123456789012"]]])
    }

    @Test("the unsubscribe page alone is open to all, and its address is in mails unless another is named")
    func unsubscribePage() async throws {
        for (named, expected) in [
            ("", "https://unsubscribepageurl.lambda-url.us-west-2.on.aws/?t={token}"),
            ("https://example.org/u/{token}", "https://example.org/u/{token}"),
        ] {
            var settings = Template.Settings()
            settings.parameters["UnsubscribeUrl"] = named
            settings.parameters["SenderName"] = "JADA Sailing"
            let template = try await Template.read(settings)
            #expect(template.openUrls == ["jada-blast-unsubscribe": "NONE"])
            for (name, function) in template.functions {
                let needsLink = name == "Scheduler" || name == "Sender"
                #expect(
                    function.environment["JADA_BLAST_UNSUBSCRIBE_URL"] == (needsLink ? expected : nil),
                    "\(name)")
            }
            let page = try #require(template.functions["UnsubscribePage"])
            #expect(page.environment["JADA_BLAST_SENDER_NAME"] == "JADA Sailing")
        }
    }

    @Test("a bucket is made, and alarms are mailed, where that is asked for only")
    func choices() async throws {
        let chosen = ["AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::SNS::Subscription"]
        let plain = try await Template.read().resources.values
        #expect(plain.filter(chosen.contains).isEmpty)
        var settings = Template.Settings()
        settings.parameters["CreateBucket"] = "true"
        settings.parameters["AlarmEmail"] = "captain@example.org"
        let full = try await Template.read(settings).resources.values
        #expect(full.filter(chosen.contains).sorted() == chosen)
    }

    @Test(
        "a bucket of the stack's is encrypted, versioned, private and open to TLS alone, and outlives it as the table does"
    )
    func bucket() async throws {
        var settings = Template.Settings()
        settings.parameters["CreateBucket"] = "true"
        settings.parameters["Bucket"] = "mine"
        let template = try await Template.read(settings)
        let bucket = try #require(template.buckets.first)
        #expect(bucket.name == "mine")
        #expect(bucket.encryption == ["AES256"])
        #expect(bucket.versioning == "Enabled")
        #expect(bucket.blocksPublicAccess)
        #expect(bucket.tellsEventBridge)
        #expect(Set(template.kept) == ["Assets", "AssetsPolicy", "Table"])
        let statement = try #require(template.bucketPolicies.first?.first)
        #expect(statement.effect == "Deny")
        #expect(statement.principals == ["*"])
        #expect(statement.actions == ["s3:*"])
        #expect(statement.resources == ["arn:aws:s3:::mine", "arn:aws:s3:::mine/*"])
        #expect(statement.conditions == ["Bool aws:SecureTransport": ["false"]])
    }
}
