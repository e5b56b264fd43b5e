/// An AWS service: how it is signed, where it lives, and how its failures are retried.
package struct AWSService: Sendable, Hashable {
    /// As in messages: `S3`, `DynamoDB`, `SES`.
    package let name: String
    /// The service in the credential scope of a signature.
    package let signingName: String
    /// The host's first part: `email` in `email.us-west-2.amazonaws.com`.
    package let endpointPrefix: String
    /// The end of AWS_ENDPOINT_URL_<SERVICE>, by the service's id in botocore: `SESV2`, `DYNAMODB`.
    package let environmentSuffix: String
    /// Whether it has one host for all Regions.
    package let isGlobal: Bool

    package init(
        name: String, signingName: String, endpointPrefix: String, environmentSuffix: String,
        isGlobal: Bool = false
    ) {
        self.name = name
        self.signingName = signingName
        self.endpointPrefix = endpointPrefix
        self.environmentSuffix = environmentSuffix
        self.isGlobal = isGlobal
    }

    package static let s3 = AWSService(
        name: "S3", signingName: "s3", endpointPrefix: "s3", environmentSuffix: "S3")
    package static let dynamoDB = AWSService(
        name: "DynamoDB", signingName: "dynamodb", endpointPrefix: "dynamodb", environmentSuffix: "DYNAMODB")
    package static let sqs = AWSService(
        name: "SQS", signingName: "sqs", endpointPrefix: "sqs", environmentSuffix: "SQS")
    package static let ses = AWSService(
        name: "SES", signingName: "ses", endpointPrefix: "email", environmentSuffix: "SESV2")
    package static let scheduler = AWSService(
        name: "EventBridge Scheduler", signingName: "scheduler", endpointPrefix: "scheduler",
        environmentSuffix: "SCHEDULER")
    package static let ssm = AWSService(
        name: "SSM", signingName: "ssm", endpointPrefix: "ssm", environmentSuffix: "SSM")
}
