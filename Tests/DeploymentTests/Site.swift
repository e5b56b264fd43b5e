import AWS
import AWSSupport
import Foundation
import TestSupport

/// The template as it is deployed on a moto: bucket with campaigns, table, queues and the secret, and what the functions get.
struct Site {
    let account: MotoAccount
    let template: Template
    let bucket: String
    let table: String
    let queueURL: String
    /// Seals unsubscribe tokens.
    static let secret = "0123456789abcdef0123456789abcdef"

    init(on account: MotoAccount) async throws {
        self.account = account
        let queue = MotoAccount.freshName()
        bucket = try await account.createBucket()
        table = try await account.createTable()
        queueURL = try await account.createQueue(queue)
        template = try await Template.read(
            .init(
                parameters: [
                    "Bucket": bucket, "UnsubscribeUrl": "https://unsubscribe.example/u?t={token}",
                    "UnsubscribeKeyParameter": "/key", "RelayParameter": "/relay", "Domain": "example.org",
                ], names: ["Table": table, "Shards": queue], urls: ["Shards": queueURL]))
        try await account.call(
            .ssm, "AmazonSSM.PutParameter",
            #"{"Name": "/key", "Type": "SecureString", "Value": "\#(Self.secret)"}"#)
        try await account.call(
            .ssm, "AmazonSSM.PutParameter",
            #"{"Name": "/relay", "Type": "SecureString", "Value": "\#(SubmissionStandIn.user):\#(SubmissionStandIn.password)"}"#
        )

        try await S3(configuration: account.aws).put(.bytes([1]), to: "runs/solo/plan.json", in: bucket)
        let many = (0..<200_000).map { "guest-\($0)@example.org\n" }.joined()
        try await upload("solo", list: "email\nann@example.org\n")
        // More than a batch: the sender looks between two of them whether the run goes on.
        let sixty = (0..<60).map { "guest-\($0)@example.org\n" }.joined()
        try await upload("sixty", list: "email\n\(sixty)", #""configurationSet": "jada-blast","#)
        try await upload("broken", list: "email\n\(many)a,b\n")
        // It is finished as soon as it is planned, and its step may follow.
        try await upload(
            "empty", list: "email\nann@example.org\n",
            #""exclude": ["recipients.csv"], "sequence": [{"id": "reminder", "after": "P1D"}],"#)
        // Of a run that was never made: a tick takes it away.
        try await account.call(
            .dynamoDB, "DynamoDB_20120810.PutItem",
            #"{"TableName": "\#(table)", "Item": {"pk": {"S": "FOLLOW-UPS"}, "sk": {"S": "solo#never"}, "next": {"N": "0"}}}"#
        )
        try await upload(
            "weekly", list: "email\nann@example.org\n",
            #""schedule": {"expression": "rate(7 days)"},"#)
    }

    /// - Parameter members: more of campaign.json.
    private func upload(_ campaign: String, list: String, _ members: String = "") async throws {
        let files = [
            "message.txt": "Ahoy", "recipients.csv": list,
            "campaign.json": """
            {"id": "\(campaign)", "name": "Ahoy", "subject": "Ahoy", \(members)
             "from": {"name": "Crew", "email": "crew@example.org"},
             "text": "message.txt", "recipients": "recipients.csv"}
            """,
        ]
        for (name, text) in files {
            try await S3(configuration: account.aws).put(
                .bytes(Array(text.utf8)), to: "campaigns/\(campaign)/\(name)", in: bucket)
        }
    }
}

/// Something that a function should not be able to do.
struct Attempt: CustomStringConvertible {
    /// By its logical name.
    let function: String
    let description: String
    let call: @Sendable (MotoAccount) async throws(AWSError) -> Void

    static func all(at site: Site) async throws -> [Attempt] {
        let (bucket, table, shards) = (site.bucket, site.table, site.queueURL)
        let other = try await (
            bucket: site.account.createBucket(), table: site.account.createTable(),
            queue: site.account.createQueue()
        )
        func dynamoDB(_ function: String, _ operation: String, _ body: String) -> Attempt {
            Attempt(function: function, description: "\(operation) \(body)") {
                account throws(AWSError) in
                try await account.call(.dynamoDB, "DynamoDB_20120810.\(operation)", body)
            }
        }
        func item(_ function: String, _ operation: String, _ partition: String, in table: String) -> Attempt {
            let key = #"{"pk": {"S": "\#(partition)"}, "sk": {"S": "x"}}"#
            let member = operation == "PutItem" ? "Item" : "Key"
            let change =
                operation == "UpdateItem"
                ? #", "UpdateExpression": "SET a = :a", "ExpressionAttributeValues": {":a": {"S": "a"}}"# : ""
            return dynamoDB(
                function, operation, #"{"TableName": "\#(table)", "\#(member)": \#(key)\#(change)}"#)
        }
        func write(_ function: String, _ key: String, in bucket: String) -> Attempt {
            Attempt(function: function, description: "PutObject \(key)") { account throws(AWSError) in
                _ = try await S3(configuration: account.aws).put(.bytes([1]), to: key, in: bucket)
            }
        }
        func delete(_ function: String, _ key: String) -> Attempt {
            Attempt(function: function, description: "DeleteObject \(key)") { account throws(AWSError) in
                try await S3(configuration: account.aws).delete([key], from: bucket)
            }
        }
        func read(_ function: String, _ key: String) -> Attempt {
            Attempt(function: function, description: "GetObject \(key)") { account throws(AWSError) in
                _ = try await S3(configuration: account.aws).get(key, from: bucket, maximumBytes: 1000)
            }
        }
        func message(_ function: String, to queue: String) -> Attempt {
            Attempt(function: function, description: "SendMessage") { account throws(AWSError) in
                try await account.call(
                    .sqs, "AmazonSQS.SendMessage", #"{"QueueUrl": "\#(queue)", "MessageBody": "x"}"#)
            }
        }
        func parameter(_ function: String, _ operation: String, _ members: String) -> Attempt {
            Attempt(function: function, description: "\(operation) \(members)") { account throws(AWSError) in
                try await account.call(.ssm, "AmazonSSM.\(operation)", "{\(members)}")
            }
        }
        let newSecret = #""Name": "/key", "Type": "SecureString", "Value": "x", "Overwrite": true"#
        return [
            write("Scheduler", "campaigns/solo/note.txt", in: bucket),
            write("Scheduler", "runs/x", in: other.bucket),
            delete("Scheduler", "campaigns/solo/message.txt"),
            item("Scheduler", "PutItem", "SUPPRESSION#0", in: table),
            item("Scheduler", "UpdateItem", "PACE#us-west-2", in: table),
            item("Scheduler", "DeleteItem", "RUN#solo#1", in: table),
            item("Scheduler", "GetItem", "RUN#solo#1", in: other.table),
            dynamoDB("Scheduler", "Scan", #"{"TableName": "\#(table)"}"#),
            message("Scheduler", to: other.queue),
            parameter("Scheduler", "PutParameter", newSecret),
            parameter("Scheduler", "GetParametersByPath", #""Path": "/""#),

            write("Sender", "runs/x", in: bucket),
            read("Sender", "campaigns/solo/campaign.json"),
            item("Sender", "PutItem", "RUN#solo#1", in: table),
            item("Sender", "UpdateItem", "SUPPRESSION#0", in: table),
            item("Sender", "UpdateItem", "CAMPAIGN#solo", in: table),
            item("Sender", "UpdateItem", "RUN#solo#1", in: other.table),
            message("Sender", to: other.queue),
            parameter("Sender", "PutParameter", newSecret),

            read("Feedback", "campaigns/solo/campaign.json"),
            read("Feedback", "runs/solo/plan.json"),
            item("Feedback", "PutItem", "RUN#solo#1", in: table),
            item("Feedback", "UpdateItem", "PACE#us-west-2", in: table),
            item("Feedback", "DeleteItem", "SUPPRESSION#0", in: table),
            message("Feedback", to: shards),
            parameter("Feedback", "GetParameter", #""Name": "/key""#),

            read("UnsubscribePage", "campaigns/solo/campaign.json"),
            read("UnsubscribePage", "runs/solo/plan.json"),
            item("UnsubscribePage", "PutItem", "RUN#solo#1", in: table),
            item("UnsubscribePage", "DeleteItem", "RUN#solo#1", in: table),
            item("UnsubscribePage", "DeleteItem", "SUPPRESSION#0", in: other.table),
            dynamoDB(
                "UnsubscribePage", "Query",
                #"{"TableName": "\#(table)", "KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": "SUPPRESSION#0"}}}"#
            ),
            dynamoDB("UnsubscribePage", "Scan", #"{"TableName": "\#(table)"}"#),
            message("UnsubscribePage", to: shards),
            parameter("UnsubscribePage", "PutParameter", newSecret),

            dynamoDB("Sender", "DeleteTable", #"{"TableName": "\#(table)"}"#),
        ]
    }
}
