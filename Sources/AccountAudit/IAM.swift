internal import AWS
internal import Campaigns
internal import HTTP

/// A client of AWS Identity and Access Management (API version 2010-05-08, Query protocol), which is the same in all Regions.
struct IAM: Sendable {
    private static let version = "2010-05-08"

    private let client: AWSClient

    init(configuration: AWSConfiguration) {
        var configuration = configuration
        // It signs for one Region, whatever the caller's.
        configuration.region = configuration.region.hasPrefix("cn-") ? "cn-north-1" : "us-east-1"
        client = AWSClient(.iam, configuration: configuration)
    }

    struct AccessKey: Sendable, Hashable {
        var id: String
        var isActive: Bool
        var created: Timestamp?
    }

    struct LastUse: Sendable, Hashable {
        /// The user whose key it is.
        var userName: String?
        /// `nil` if it was never used, or not since AWS keeps a record.
        var moment: Timestamp?
        /// `ses`, `s3`.
        var service: String?
        var region: String?
    }

    /// When a key was used last, and whose it is.
    func lastUse(of key: String) async throws(AWSError) -> LastUse {
        let document = try await call("GetAccessKeyLastUsed", [("AccessKeyId", key)])
        let result = document["GetAccessKeyLastUsedResult"]
        let use = result?["AccessKeyLastUsed"]
        return LastUse(
            userName: result?["UserName"]?.text, moment: (use?["LastUsedDate"]?.text).flatMap(Self.moment),
            service: (use?["ServiceName"]?.text).flatMap(Self.known),
            region: (use?["Region"]?.text).flatMap(Self.known))
    }

    /// A user has two keys at most.
    func accessKeys(of user: String) async throws(AWSError) -> [AccessKey] {
        let document = try await call("ListAccessKeys", [("UserName", user)])
        let members = document["ListAccessKeysResult"]?["AccessKeyMetadata"]?.all("member") ?? []
        return members.compactMap { member in
            (member["AccessKeyId"]?.text).map { id in
                AccessKey(
                    id: id, isActive: member["Status"]?.text == "Active",
                    created: (member["CreateDate"]?.text).flatMap(Self.moment))
            }
        }
    }

    private func call(
        _ operation: String, _ parameters: [(name: String, value: String)]
    ) async throws(AWSError) -> XMLElement {
        let request = AWSRequest(
            operation: operation, method: "GET",
            query: [("Action", operation), ("Version", Self.version)] + parameters, isIdempotent: true)
        let response = try await client.send(request)
        do throws(XMLError) {
            return try XMLElement.parse(response.body)
        } catch {
            throw AWSError(service: "IAM", operation: operation, kind: .malformedResponse("\(error)"))
        }
    }

    private static func moment(_ text: String) -> Timestamp? { Timestamp(iso8601: text) }

    /// IAM writes N/A where there is nothing to tell.
    private static func known(_ text: String) -> String? { text == "N/A" ? nil : text }
}

extension AWSService {
    fileprivate static let iam = AWSService(
        name: "IAM", signingName: "iam", endpointPrefix: "iam", environmentSuffix: "IAM", isGlobal: true)
}
