// Members of requests and answers bear the names that the API gives them.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

internal import JSON

extension DynamoDB {
    /// What became of a transaction.
    package enum TransactionOutcome: Sendable, Hashable {
        case committed
        /// Nothing was changed: for each write, in order, why; at least one condition did not hold.
        case cancelled([CancellationReason])
    }

    /// What one write contributed to a transaction's end (API Reference, "CancellationReason").
    package struct CancellationReason: Sendable, Hashable, Decodable {
        /// `None`, `ConditionalCheckFailed`, `TransactionConflict`, `ItemCollectionSizeLimitExceeded`,
        /// `ProvisionedThroughputExceeded`, `ThrottlingError` or `ValidationError`.
        package let code: String
        package let message: String?
        /// The item as it stands, where a condition failed.
        package let item: Item?

        private enum CodingKeys: String, CodingKey {
            case code = "Code"
            case message = "Message"
            case item = "Item"
        }

        /// Whether the same write may pass a moment later.
        var isTransient: Bool {
            ["TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError"].contains(code)
        }
    }

    /// Makes all of the writes or none.
    ///
    /// - Parameter token: at most 36 characters; the same transaction is made once in ten minutes however often it is asked
    ///   for.
    package func transact(_ writes: [Write], token: String) async throws(AWSError) -> TransactionOutcome {
        struct Input: Encodable {
            let TransactItems: [Member]
            let ClientRequestToken: String
        }
        struct Cancellation: Decodable {
            let CancellationReasons: [CancellationReason]
        }
        let input = Input(TransactItems: writes.map(Member.init), ClientRequestToken: token)
        var patience = Patience()
        while true {
            do throws(AWSError) {
                _ = try await calls.call("TransactWriteItems", input, as: Ignored.self)
                return .committed
            } catch {
                guard error.code == "TransactionCanceledException",
                    let cancellation = try? JSONDecoder().decode(Cancellation.self, from: error.body)
                else { throw error }
                let failed = cancellation.CancellationReasons.filter { $0.code != "None" }
                if failed.contains(where: { $0.code == "ConditionalCheckFailed" }) {
                    return .cancelled(cancellation.CancellationReasons)
                }
                let isTransient = !failed.isEmpty && failed.allSatisfy(\.isTransient)
                guard isTransient, await patience.wait() else { throw error }
            }
        }
    }

    /// A write under the name of its kind.
    private struct Member: Encodable {
        let write: Write

        private enum Kind: String, CodingKey {
            case Put, Update, Delete, ConditionCheck
        }

        func encode(to encoder: any Encoder) throws {
            let kind: Kind =
                switch write.action {
                case .put: .Put
                case .update: .Update
                case .delete: .Delete
                case .check: .ConditionCheck
                }
            var container = encoder.container(keyedBy: Kind.self)
            try container.encode(WriteInput(write: write, returning: nil), forKey: kind)
        }
    }
}
