// Members of requests and answers bear the names that the API gives them.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

extension DynamoDB {
    /// What a query reads: the items of one partition that meet a key condition.
    package struct Query: Sendable, Hashable {
        package var table: String
        /// Such as `pk = :pk AND begins_with(sk, :prefix)`.
        package var keyCondition: String
        package var names: [String: String]
        package var values: Item
        /// In order of the sort key, or against it.
        package var isForward: Bool
        package var isConsistent: Bool
        /// Items a page at most; `nil` leaves it to DynamoDB's 1 MB.
        package var pageSize: Int?
        /// A projection expression: the attributes that are wanted; `nil` for all.
        package var projection: String?

        package init(
            table: String, keyCondition: String, names: [String: String] = [:], values: Item,
            isForward: Bool = true, isConsistent: Bool = true, pageSize: Int? = nil,
            projection: String? = nil
        ) {
            self.table = table
            self.keyCondition = keyCondition
            self.names = names
            self.values = values
            self.isForward = isForward
            self.isConsistent = isConsistent
            self.pageSize = pageSize
            self.projection = projection
        }
    }

    /// One page of a query.
    package struct Page: Sendable {
        package let items: [Item]
        /// Where the next page begins; `nil` after the last.
        package let next: Item?
    }

    /// Reads one page, from the beginning or from where another ended.
    package func page(of query: Query, from start: Item? = nil) async throws(AWSError) -> Page {
        struct Input: Encodable {
            let TableName: String
            let KeyConditionExpression: String
            let ProjectionExpression: String?
            let ExpressionAttributeNames: [String: String]?
            let ExpressionAttributeValues: Item
            let ScanIndexForward: Bool
            let ConsistentRead: Bool
            let Limit: Int?
            let ExclusiveStartKey: Item?
        }
        struct Output: Decodable {
            let Items: [Item]?
            let LastEvaluatedKey: Item?
        }
        let names = AttributeNames.completed(query.names, for: [query.keyCondition, query.projection ?? ""])
        let input = Input(
            TableName: query.table, KeyConditionExpression: query.keyCondition,
            ProjectionExpression: query.projection,
            ExpressionAttributeNames: names.isEmpty ? nil : names,
            ExpressionAttributeValues: query.values, ScanIndexForward: query.isForward,
            ConsistentRead: query.isConsistent, Limit: query.pageSize, ExclusiveStartKey: start)
        let output = try await calls.call("Query", input, as: Output.self)
        let next = output.LastEvaluatedKey.flatMap { $0.isEmpty ? nil : $0 }
        return Page(items: output.Items ?? [], next: next)
    }

    /// The pages of a query, each read when it is asked for.
    package func pages(of query: Query) -> Pages { Pages(client: self, query: query) }

    package struct Pages: AsyncSequence, Sendable {
        package typealias Element = [Item]
        package typealias Failure = AWSError

        fileprivate let client: DynamoDB
        fileprivate let query: Query

        package func makeAsyncIterator() -> Iterator { Iterator(client: client, query: query) }

        package struct Iterator: AsyncIteratorProtocol {
            fileprivate let client: DynamoDB
            fileprivate let query: Query
            private var start: Item?
            private var hasEnded = false

            fileprivate init(client: DynamoDB, query: Query) {
                self.client = client
                self.query = query
            }

            package mutating func next() async throws(AWSError) -> [Item]? {
                if hasEnded { return nil }
                let page = try await client.page(of: query, from: start)
                start = page.next
                hasEnded = page.next == nil
                return page.items
            }

            package mutating func next(
                isolation actor: isolated (any Actor)?
            ) async throws(AWSError) -> [Item]? {
                try await next()
            }
        }
    }

    /// Keys that one BatchGetItem takes.
    private static let keysPerBatch = 100

    /// The items of these keys that exist, in no order; asks again for keys that DynamoDB put off.
    package func batchGet(
        _ keys: [Item], from table: String, isConsistent: Bool
    ) async throws(AWSError) -> [Item] {
        struct Keys: Codable {
            var Keys: [Item]
            var ConsistentRead: Bool?
        }
        struct Input: Encodable {
            let RequestItems: [String: Keys]
        }
        struct Output: Decodable {
            let Responses: [String: [Item]]?
            let UnprocessedKeys: [String: Keys]?
        }
        // DynamoDB refuses a key that is there twice.
        var seen: Set<Item> = []
        var left = keys.filter { seen.insert($0).inserted }
        var items: [Item] = []
        var patience = Patience()
        while !left.isEmpty {
            let some = Array(left.prefix(DynamoDB.keysPerBatch))
            let input = Input(RequestItems: [table: Keys(Keys: some, ConsistentRead: isConsistent)])
            let output = try await calls.call("BatchGetItem", input, as: Output.self)
            items += output.Responses?[table] ?? []
            let putOff = output.UnprocessedKeys?[table]?.Keys ?? []
            left = Array(left.dropFirst(some.count)) + putOff
            if putOff.isEmpty {
                patience = Patience()
            } else if await !patience.wait() {
                throw calls.failure(
                    "BatchGetItem",
                    .service(
                        code: "ProvisionedThroughputExceededException",
                        message: "\(putOff.count) keys were put off again and again", status: 200))
            }
        }
        return items
    }
}
