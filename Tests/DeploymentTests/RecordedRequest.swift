import Foundation

/// A request as moto or the SES simulator has seen it, and the IAM actions that AWS would ask for.
struct RecordedRequest: Decodable {
    let method: String
    let query: String
    /// X-Amz-Target, or empty.
    let target: String
    /// The kinds of writes in a transaction: `Put`, `Update`, `Delete`, `ConditionCheck`.
    let kinds: [String]

    /// Requests in a server's output, oldest first.
    static func all(in output: String) throws -> [RecordedRequest] {
        try output.split(separator: "\n").filter { $0.hasPrefix("REQUEST ") }.map {
            try JSONDecoder().decode(RecordedRequest.self, from: Data($0.dropFirst("REQUEST ".count).utf8))
        }
    }

    /// Actions, resources, and condition keys of each service: the Service Authorization Reference.
    var actions: [String] {
        guard let point = target.lastIndex(of: ".") else { return [objectAction] }
        let operation = String(target[target.index(after: point)...])
        switch target[..<point] {
        case "DynamoDB_20120810":
            // A transaction needs the actions of its parts.
            if operation == "TransactWriteItems" {
                return kinds.map { "dynamodb:\($0)Item" }
            }
            return ["dynamodb:\(operation)"]
        case "AmazonSQS":
            return ["sqs:\(operation.hasSuffix("Batch") ? String(operation.dropLast(5)) : operation)"]
        case "AmazonSSM": return ["ssm:\(operation)"]
        default: return ["unknown:\(target)"]
        }
    }

    private var objectAction: String {
        switch method {
        case "GET" where query.contains("list-type="): "s3:ListBucket"
        case "GET", "HEAD": "s3:GetObject"
        case "PUT": "s3:PutObject"
        case "POST" where query.contains("delete"), "DELETE": "s3:DeleteObject"
        default: "unknown:\(method)?\(query)"
        }
    }
}
