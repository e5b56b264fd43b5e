import Foundation
import Glibc

/// What IAM is asked for a request.
struct Permission: Decodable, Hashable, CustomStringConvertible {
    let action: String
    let resource: String
    /// Partitions of a DynamoDB table, where the request names some.
    var leadingKeys: [String] = []

    enum CodingKeys: String, CodingKey { case action, resource, leadingKeys = "leading_keys" }

    var description: String { "\(action) on \(resource) \(leadingKeys.joined(separator: " "))" }

    /// Those that a moto which records has written down, oldest first.
    static func all(in output: String) throws -> [Permission] {
        try output.split(separator: "\n").filter { $0.hasPrefix("NEEDS ") }.map {
            try JSONDecoder().decode(Permission.self, from: Data($0.dropFirst("NEEDS ".count).utf8))
        }
    }
}

/// What a role may do.
struct Policy: Decodable {
    struct Statement: Decodable {
        let effect: String
        /// Services, accounts or `*`; none in a role's own policy.
        let principals: [String]
        let actions: [String]
        let resources: [String]
        /// Values, by operator and key.
        let conditions: [String: [String]]

        /// Patterns of partitions; any will do where there are none.
        fileprivate var leadingKeys: [String] {
            conditions["ForAllValues:StringLike dynamodb:LeadingKeys"] ?? []
        }
    }

    /// One action on one resource, and on one kind of partitions.
    struct Grant: Hashable, CustomStringConvertible {
        let action: String
        let resource: String
        let leadingKey: String?

        var description: String { "\(action) on \(resource) \(leadingKey ?? "")" }

        func isUsed(by permission: Permission) -> Bool {
            action == permission.action && permission.resource.matches(resource)
                && (leadingKey.map { pattern in permission.leadingKeys.contains { $0.matches(pattern) } }
                    ?? true)
        }
    }

    /// The policy as IAM takes it.
    let document: String
    /// ARNs of policies that others have written.
    let managed: [String]
    let statements: [Statement]
    /// What parliament finds wrong with it.
    let findings: [String]
    /// Who may take on the role.
    let assumedBy: [Statement]

    func allows(_ permission: Permission) -> Bool {
        statements.contains { statement in
            statement.effect == "Allow" && statement.actions.contains(permission.action)
                && statement.resources.contains { permission.resource.matches($0) }
                && (statement.leadingKeys.isEmpty
                    || permission.leadingKeys.allSatisfy { key in
                        statement.leadingKeys.contains { key.matches($0) }
                    })
        }
    }

    var grants: Set<Grant> {
        Set(
            statements.flatMap { statement in
                statement.actions.flatMap { action in
                    statement.resources.flatMap { resource in
                        (statement.leadingKeys.isEmpty ? [nil] : statement.leadingKeys.map(Optional.some))
                            .map { Grant(action: action, resource: resource, leadingKey: $0) }
                    }
                }
            })
    }
}

extension String {
    /// Whether a pattern with `*` matches, as in policies.
    fileprivate func matches(_ pattern: String) -> Bool { fnmatch(pattern, self, 0) == 0 }
}
