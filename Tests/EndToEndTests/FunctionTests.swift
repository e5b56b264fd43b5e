import AWS
import AWSSupport
import Campaigns
import Delivery
import Foundation
import TestSupport
import Testing

@Suite("The functions inside AWS's Runtime Interface Emulator", .timeLimit(.minutes(10)))
struct FunctionTests {
    private func withFunction(
        _ handler: String, _ environment: [String: String], _ body: (RIE) async throws -> Void
    ) async throws {
        try await withRIE("jada-blast-worker", handler: handler, environment: environment) { rie in
            try await body(rie)
            for name in ["AWS_SECRET_ACCESS_KEY", "JADA_BLAST_UNSUBSCRIBE_KEY"] {
                if let secret = environment[name] { #expect(!rie.output.contains(secret)) }
            }
        }
    }

    @Test("a campaign is planned once, each mail is accepted once, and the counts add up")
    func campaign() async throws {
        try await withDeployment { deployment in
            try await deployment.upload("paul-simon")
            try await deployment.suppressExamples()
            var environment = deployment.environment
            // As template.yaml has it: the key lies in Parameter Store.
            let parameter = "/\(MotoAccount.freshName())/unsubscribe-key"
            try await deployment.account.call(
                .ssm, "AmazonSSM.PutParameter",
                #"{"Name": "\#(parameter)", "Type": "SecureString", "Overwrite": true, "Value": "\#(Deployment.unsubscribeKey)"}"#
            )
            environment["JADA_BLAST_UNSUBSCRIBE_KEY"] = nil
            environment["JADA_BLAST_UNSUBSCRIBE_KEY_PARAMETER"] = parameter

            let event = try Event.sample("campaign")
            let run = "paul-simon#7bf73129-1428-4cd3-a780-95db273d1602"
            try await withFunction("scheduler", environment) { scheduler in
                for outcome in ["planned", "known"] {
                    let answer = try await scheduler.invoke(event, as: SchedulerAnswer.self)
                    #expect(
                        answer.campaigns == [
                            .init(
                                campaign: "paul-simon", outcome: outcome, run: run, rows: 200, recipients: 165
                            )
                        ])
                }
            }
            // The second one has handed the shard over again, in case its message was lost: claims make that harmless.
            let messages = try await deployment.receive()
            #expect(messages.count == 2)
            #expect(Set(messages.map(\.body)).count == 1)

            // Between plan and sending one more leaves.
            try await deployment.suppress("p.zamora@sail.test", .unsubscribe)
            try await withFunction("sender", environment) { sender in
                for _ in 1...2 {
                    let answer = try await sender.invoke(Event.queue(messages), as: SenderAnswer.self)
                    #expect(answer.batchItemFailures.isEmpty)
                    #expect(try await deployment.simulator.acceptedMails().count == 164)
                }
            }

            let ledger = try #require(try await deployment.run(run))
            var counts = OutcomeCounts()
            (counts.accepted, counts.suppressed, counts.invalid) = (164, 7, 14)
            (counts.duplicate, counts.excluded) = (9, 6)
            #expect(ledger.counts == counts)
            #expect(ledger.counts.total == 200)
            #expect(ledger.isFinished)
            try await examine(deployment.simulator.acceptedMails(), run: ledger)
        }
    }

    /// Each mail is its recipient's own, and carries what SES and mail readers need.
    private func examine(_ mails: [SESSimulator.Mail], run: Run) throws {
        #expect(Set(mails.map { $0.to.first?.lowercased() }).count == mails.count)
        #expect(!mails.contains { $0.isSuppressed })
        let links = try UnsubscribeLinks(
            template: Deployment.unsubscribeURL,
            keys: UnsubscribeKeys(secrets: Deployment.unsubscribeKey))
        for mail in mails {
            let to = try #require(mail.to.first)
            func header(_ name: String) -> String? { mail.headers.first { $0.name == name }?.value }
            let link = links.url(of: Subscriber(campaign: run.id.campaign, address: to))
            #expect(header("List-Unsubscribe") == "<\(link)>")
            #expect(header("List-Unsubscribe-Post") == "List-Unsubscribe=One-Click")
            #expect(header("Feedback-ID") == "paul-simon:concert:jada")
            #expect(mail.tags["campaign"] == "paul-simon")
            #expect(mail.tags["season"] == "summer")
            #expect(
                mail.tags["occurrence"]
                    == Data(run.id.occurrence.rawValue.utf8).base64EncodedString()
                    .replacingOccurrences(of: "=", with: ""))
            #expect(mail.configurationSet == "jada")
            #expect(mail.from == "JADA Sailing <crew@queenofsandiego.com>")
            #expect(mail.replyTo == ["admin@queenofsandiego.com"])
            #expect(mail.text?.contains(link) == true)
            #expect(mail.html?.contains("</html>") == true)
        }
        #expect(Set(mails.map { [$0.tags["batch"], $0.tags["recipient"]] }).count == mails.count)
    }

    @Test("a message that cannot be read fails alone; the rest of its batch is sent")
    func partialBatch() async throws {
        try await withDeployment { deployment in
            try await deployment.upload("paul-simon")
            try await withFunction("scheduler", deployment.environment) { scheduler in
                _ = try await scheduler.invoke(Event.sample("campaign"), as: SchedulerAnswer.self)
            }
            // The sample of the queue's event is the very shard of the sample that plans.
            let samples = try Event.sample("shards")
            var event = try #require(
                try JSONSerialization.jsonObject(with: Data(samples)) as? [String: [[String: Any]]])
            let good = try #require(event["Records"]?.first)
            let bodies = [
                "no JSON", #"{"run": "paul-simon#nobody-planned-this", "shard": 0, "firstBatch": 0}"#,
                #"{"run": "paul-simon#7bf73129-1428-4cd3-a780-95db273d1602", "shard": 7, "firstBatch": 0}"#,
            ]
            event["Records"] = bodies.enumerated().map { number, body in
                good.merging(["messageId": "bad-\(number)", "body": body]) { $1 }
            }
            event["Records"]?.insert(good, at: 1)
            let bytes = [UInt8](try JSONSerialization.data(withJSONObject: event))
            try await withFunction("sender", deployment.environment) { sender in
                let answer = try await sender.invoke(bytes, as: SenderAnswer.self)
                #expect(answer.batchItemFailures.map(\.itemIdentifier) == ["bad-0", "bad-1", "bad-2"])
                #expect(sender.output.contains("the message names a run that the ledger does not hold"))
            }
            #expect(try await deployment.simulator.acceptedMails().count == 171)
        }
    }

    @Test("every sample of the scheduler's events does its work")
    func samples() async throws {
        try await withDeployment { deployment in
            try await deployment.upload("paul-simon")
            // Local time in San Diego a minute ago: its time has come.
            let format = DateFormatter()
            format.locale = Locale(identifier: "en_US_POSIX")
            format.timeZone = TimeZone(identifier: "America/Los_Angeles")
            format.dateFormat = "yyyy-MM-dd'T'HH:mm:ss"
            let due = format.string(from: Date(timeIntervalSinceNow: -60))
            try await deployment.upload("paul-simon", as: "due") {
                $0["schedule"] = ["at": due, "timeZone": "America/Los_Angeles", "startWithin": "PT6H"]
            }
            try await withFunction("scheduler", deployment.environment) { scheduler in
                func outcomes(_ sample: String) async throws -> [String] {
                    try await scheduler.invoke(Event.sample(sample), as: SchedulerAnswer.self).campaigns.map {
                        "\($0.campaign) \($0.outcome)"
                    }
                }
                #expect(try await outcomes("object-created") == ["paul-simon registered"])
                #expect(try await outcomes("direct") == ["paul-simon planned"])
                #expect(try await outcomes("direct") == ["paul-simon known"])
                #expect(try await outcomes("scheduler") == ["paul-simon planned"])
                #expect(try await outcomes("tick") == ["due planned"])
                #expect(try await outcomes("tick") == [])
                #expect(try await deployment.waiting() == 4)

                let shards = try await scheduler.invoke(Event.sample("shards"), as: FunctionError.self)
                #expect(shards.errorType == "JadaBlast.invalidInput")
                #expect(shards.errorMessage.contains("the event's shape is unknown"))
            }
            for name in ["first-announcement", "last-call"] {
                #expect(try await deployment.run("paul-simon#\(name)")?.rows == 200)
            }
        }
    }

    @Test("a campaign that cannot be planned fails the invocation with all that is wrong, and mails nobody")
    func badCampaign() async throws {
        try await withDeployment { deployment in
            try await deployment.upload("paul-simon") {
                $0["subject"] = "Aboard, {{nmae}}"
                $0["html"] = "mesage.html"
            }
            try await withFunction("scheduler", deployment.environment) { scheduler in
                let answer = try await scheduler.invoke(Event.sample("campaign"), as: FunctionError.self)
                #expect(answer.errorMessage.contains("campaigns/paul-simon/mesage.html"))
            }
            #expect(try await deployment.waiting() == 0)
        }
    }

    @Test(
        "a setting that is missing or wrong is an init error that says so",
        arguments: [
            ("JADA_BLAST_TABLE", nil, "JADA_BLAST_TABLE: is not set. Set it to the DynamoDB table"),
            ("JADA_BLAST_BUCKET", nil, "JADA_BLAST_BUCKET: is not set. Set it to the S3 bucket"),
            ("JADA_BLAST_QUEUE_URL", nil, "JADA_BLAST_QUEUE_URL: is not set. Set it to the URL"),
            ("JADA_BLAST_UNSUBSCRIBE_URL", nil, "JADA_BLAST_UNSUBSCRIBE_URL: is not set"),
            ("JADA_BLAST_UNSUBSCRIBE_KEY", nil, "JADA_BLAST_UNSUBSCRIBE_KEY: is not set"),
            ("JADA_BLAST_CONCURRENCY", "0", "JADA_BLAST_CONCURRENCY: is '0'"),
            ("JADA_BLAST_TABEL", "x", "JADA_BLAST_TABEL: is no setting. Did you mean JADA_BLAST_TABLE?"),
        ] as [(String, String?, String)])
    func initError(_ name: String, _ value: String?, _ message: String) async throws {
        var environment = [
            "AWS_REGION": Deployment.region, "AWS_ACCESS_KEY_ID": SESAccount.key.accessKeyID,
            "AWS_SECRET_ACCESS_KEY": SESAccount.key.secretAccessKey, "JADA_BLAST_BUCKET": "bucket",
            "JADA_BLAST_TABLE": "table", "JADA_BLAST_QUEUE_URL": "http://127.0.0.1/queue",
            "JADA_BLAST_UNSUBSCRIBE_URL": Deployment.unsubscribeURL,
            "JADA_BLAST_UNSUBSCRIBE_KEY": Deployment.unsubscribeKey,
        ]
        environment[name] = value
        try await withRuntimeAPI(invocations: []) { api in
            let function = try api.start("jada-blast-worker", handler: "sender", environment: environment)
            let report = try #require(try await api.outcomes(1).first)
            #expect(report.path.hasSuffix("/runtime/init/error"))
            let error = try JSONDecoder().decode(FunctionError.self, from: report.body)
            #expect(error.errorType == "JadaBlast.configuration")
            #expect(report.headers["lambda-runtime-function-error-type"] == error.errorType)
            #expect(error.errorMessage.hasPrefix(message))
            #expect(await function.exitStatus != 0)
            #expect(function.lines.contains { $0.contains(message) })
        }
        if value == nil, name.hasSuffix("TABLE") {
            try await withFunction("scheduler", environment) { rie in
                let error = try await rie.invoke(Event.sample("tick"), as: FunctionError.self)
                #expect(error.errorType == "JadaBlast.configuration")
                #expect(error.errorMessage.hasPrefix(message))
            }
        }
    }

    @Test("a handler that the worker does not have is an init error that names those it has")
    func unknownHandler() async throws {
        try await withFunction("sendr", [:]) { rie in
            let error = try await rie.invoke(Event.sample("tick"), as: FunctionError.self)
            #expect(error.errorType == "Runtime.UnknownHandler")
            #expect(error.errorMessage.contains("scheduler, sender"))
        }
    }
}
