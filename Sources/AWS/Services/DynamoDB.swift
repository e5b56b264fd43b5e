// Members of requests and answers bear the names that the API gives them.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

internal import JSON

/// A client of Amazon DynamoDB (API version 2012-08-10).
///
/// A condition that does not hold is an answer, not an error: see ``WriteOutcome`` and ``TransactionOutcome``. Writes that
/// meet a transaction under way on the same item are made again.
package struct DynamoDB: Sendable {
    package typealias Item = [String: AttributeValue]

    let calls: JSONService
    /// DynamoDB's time of day.
    package let time: ServiceClock

    package init(configuration: AWSConfiguration) {
        time = ServiceClock(local: configuration.localTime)
        calls = JSONService(
            .dynamoDB, configuration: configuration, target: ("DynamoDB_20120810", "1.0"), clock: time)
    }

    /// What became of a write that may have a condition.
    package enum WriteOutcome: Sendable, Hashable {
        /// The attributes that ``ReturnValues`` asked for; empty if none.
        case written(Item)
        /// Nothing was changed. The item as it stands, or `nil` if there is none.
        case conditionFailed(current: Item?)
    }

    /// Which attributes a write answers with.
    package enum ReturnValues: String, Sendable, Encodable {
        case none = "NONE"
        case allOld = "ALL_OLD"
        case allNew = "ALL_NEW"
    }

    /// A write and what belongs to its expressions.
    package struct Write: Sendable, Hashable {
        enum Action: Sendable, Hashable {
            case put(Item)
            case update(key: Item, expression: String)
            case delete(key: Item)
            case check(key: Item)
        }
        let action: Action
        let table: String
        /// A condition expression.
        package var condition: String?
        /// Expression attribute names: `#status` to the attribute's name. Those that stand in the expressions and are
        /// not given stand for the attribute of their own name.
        package var names: [String: String] = [:]
        /// Expression attribute values: `:status` to a value.
        package var values: Item = [:]

        /// Replaces or creates an item.
        package static func put(_ item: Item, into table: String) -> Write {
            Write(action: .put(item), table: table)
        }
        /// Changes some attributes by an update expression; creates the item if there is none.
        package static func update(_ key: Item, of table: String, _ expression: String) -> Write {
            Write(action: .update(key: key, expression: expression), table: table)
        }
        package static func delete(_ key: Item, from table: String) -> Write {
            Write(action: .delete(key: key), table: table)
        }
        /// Changes nothing; for the condition's sake, in a transaction only.
        package static func check(_ key: Item, of table: String) -> Write {
            Write(action: .check(key: key), table: table)
        }

        var allNames: [String: String] {
            var expressions = [condition ?? ""]
            if case .update(_, let expression) = action { expressions.append(expression) }
            return AttributeNames.completed(names, for: expressions)
        }

        package func when(_ condition: String) -> Write {
            var write = self
            write.condition = condition
            return write
        }
        package func with(names: [String: String] = [:], values: Item = [:]) -> Write {
            var write = self
            write.names.merge(names) { $1 }
            write.values.merge(values) { $1 }
            return write
        }
    }

    /// The item of that key, or `nil`.
    ///
    /// - Parameter isConsistent: whether it shows every write that was acknowledged before.
    package func get(_ key: Item, from table: String, isConsistent: Bool) async throws(AWSError) -> Item? {
        struct Input: Encodable {
            let TableName: String
            let Key: Item
            let ConsistentRead: Bool
        }
        struct Output: Decodable {
            let Item: DynamoDB.Item?
        }
        let input = Input(TableName: table, Key: key, ConsistentRead: isConsistent)
        return try await calls.call("GetItem", input, as: Output.self).Item
    }

    /// Makes a write of its own.
    ///
    /// - Parameter isIdempotent: whether making it twice does no more than making it once. A write whose condition fails
    ///   the second time is; one that adds to a number without a condition is not.
    package func write(
        _ write: Write, returning: ReturnValues = .none, isIdempotent: Bool = true
    ) async throws(AWSError) -> WriteOutcome {
        struct Output: Decodable {
            let Attributes: Item?
        }
        let operation: String
        switch write.action {
        case .put: operation = "PutItem"
        case .update: operation = "UpdateItem"
        case .delete: operation = "DeleteItem"
        case .check:
            throw calls.failure(
                "ConditionCheck", .configuration("A condition by itself is checked in a transaction only"))
        }
        let input = WriteInput(write: write, returning: returning)
        var patience = Patience()
        while true {
            do throws(AWSError) {
                let output = try await calls.call(
                    operation, input, isIdempotent: isIdempotent, as: Output.self)
                return .written(output.Attributes ?? [:])
            } catch {
                switch error.code {
                case "ConditionalCheckFailedException":
                    return .conditionFailed(current: ConditionFailure(error)?.Item)
                case "TransactionConflictException" where await patience.wait(): continue
                default: throw error
                }
            }
        }
    }

    private struct ConditionFailure: Decodable {
        let Item: DynamoDB.Item?

        init?(_ error: AWSError) {
            guard let failure = try? JSONDecoder().decode(ConditionFailure.self, from: error.body) else {
                return nil
            }
            self = failure
        }
    }
}

/// A write as PutItem, UpdateItem, DeleteItem and the members of TransactWriteItems take it.
struct WriteInput: Encodable {
    let write: DynamoDB.Write
    /// `nil` in a transaction.
    let returning: DynamoDB.ReturnValues?

    private enum Key: String, CodingKey {
        case TableName, Item, Key, UpdateExpression, ConditionExpression, ExpressionAttributeNames
        case ExpressionAttributeValues, ReturnValues, ReturnValuesOnConditionCheckFailure
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(write.table, forKey: .TableName)
        switch write.action {
        case .put(let item): try container.encode(item, forKey: .Item)
        case .update(let key, let expression):
            try container.encode(key, forKey: .Key)
            try container.encode(expression, forKey: .UpdateExpression)
        case .delete(let key), .check(let key): try container.encode(key, forKey: .Key)
        }
        if let condition = write.condition {
            try container.encode(condition, forKey: .ConditionExpression)
            try container.encode("ALL_OLD", forKey: .ReturnValuesOnConditionCheckFailure)
        }
        // Empty ones are refused.
        let names = write.allNames
        if !names.isEmpty { try container.encode(names, forKey: .ExpressionAttributeNames) }
        if !write.values.isEmpty { try container.encode(write.values, forKey: .ExpressionAttributeValues) }
        if let returning, returning != .none { try container.encode(returning, forKey: .ReturnValues) }
    }
}
