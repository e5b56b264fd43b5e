import Foundation
import TestSupport
import Testing

/// What AWS would make of template.yaml.
struct Template: Decodable {
    struct Function: Decodable {
        /// As in `FunctionName`.
        let name: String
        let handler: String
        /// Seconds.
        let timeout: Int
        let environment: [String: String]
        let logGroup: String
        /// By its logical name.
        let role: String
    }

    struct Bucket: Decodable {
        let name: String
        /// Algorithms.
        let encryption: [String]
        let versioning: String
        let blocksPublicAccess: Bool
        let tellsEventBridge: Bool
    }

    struct Alarm: Decodable {
        /// Namespace and name.
        let metric: String
        /// The function or queue that is watched; empty for the account.
        let of: String
        /// Topics.
        let tells: [String]
    }

    /// Types of all resources that are made, by logical name.
    let resources: [String: String]
    /// What outlives the stack.
    let kept: [String]
    /// By logical name, as the following.
    let functions: [String: Function]
    /// AuthType of function URLs, by the function's name.
    let openUrls: [String: String]
    let roles: [String: Policy]
    /// Seconds.
    let visibilityTimeouts: [String: Int]
    /// Days of retention, by the group's name.
    let logGroups: [String: Int]
    let buckets: [Bucket]
    let bucketPolicies: [[Policy.Statement]]
    let alarms: [Alarm]

    /// What a function's role may do.
    func policy(of function: Function) throws -> Policy { try #require(roles[function.role]) }

    static let path = Checkout.root.appendingPathComponent("template.yaml").path

    /// What the template is deployed with.
    struct Settings: Encodable {
        /// Values of parameters; those without take their defaults.
        var parameters = ["UnsubscribeUrl": "https://unsubscribe.example/u?t={token}"]
        /// What AWS has called resources, by logical name.
        var names: [String: String] = [:]
        /// Of queues, by logical name.
        var urls: [String: String] = [:]
    }

    static func read(_ settings: Settings = Settings()) async throws -> Template {
        let json = String(decoding: try JSONEncoder().encode(settings), as: UTF8.self)
        let text = try await runPython("oracles/template.py", [path, json])
        return try JSONDecoder().decode(Template.self, from: Data(text.utf8))
    }
}
