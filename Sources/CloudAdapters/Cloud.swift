package import AWS
internal import Campaigns

/// The ports on AWS: one bucket, one table, one queue, and SES, all in one Region.
package struct Cloud: Sendable {
    package let library: S3CampaignLibrary
    package let ledger: DynamoDBLedger
    package let queue: SQSShardQueue
    package let suppressionList: DynamoDBSuppressionList
    package let mailer: SESMailer
    package let account: SESSendingAccount
    /// Shared by all senders of one table and Region.
    package let pace: DynamoDBPaceStore

    /// - Parameters:
    ///   - aws: Region, credentials and connections of all clients.
    ///   - configuration: what the deployment calls its parts.
    package init(aws: AWSConfiguration, configuration: CloudConfiguration) {
        let table = CloudTable(client: DynamoDB(configuration: aws), name: configuration.table)
        library = S3CampaignLibrary(aws: aws, configuration: configuration)
        ledger = DynamoDBLedger(table: table, batchRetention: configuration.batchRetention)
        queue = SQSShardQueue(aws: aws, queueURL: configuration.queueURL)
        suppressionList = DynamoDBSuppressionList(table: table)
        mailer = SESMailer(aws: aws)
        account = SESSendingAccount(aws: aws)
        pace = DynamoDBPaceStore(table: table, region: aws.region)
    }

}

/// What a deployment calls its parts.
package struct CloudConfiguration: Sendable, Hashable {
    package var bucket: String
    /// Stands before every key of the library; ends in `/` unless it is empty.
    package var prefix: String
    package var table: String
    package var queueURL: String
    /// How long a batch's results are kept after it was claimed. It must be much longer than a run may take: a batch that
    /// is gone looks as if it had never been sent.
    package var batchRetention: Duration

    package init(
        bucket: String, prefix: String = "", table: String, queueURL: String,
        batchRetention: Duration = .seconds(400 * 86_400)
    ) {
        self.bucket = bucket
        self.prefix = prefix
        self.table = table
        self.queueURL = queueURL
        self.batchRetention = batchRetention
    }
}
