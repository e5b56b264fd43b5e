import AWSSupport
import HTTP
import JSON
import TestSupport
import Testing

@testable import AWS

@Suite("DynamoDB", .timeLimit(.minutes(10)))
struct DynamoDBTests {
    private typealias Item = DynamoDB.Item

    private func withTable(_ body: (_ client: DynamoDB, _ table: String) async throws -> Void) async throws {
        let account = try await MotoAccount()
        try await body(DynamoDB(configuration: account.aws), try await account.createTable())
    }

    private func key(_ pk: String, _ sk: String = "a") -> DynamoDB.Item {
        ["pk": .string(pk), "sk": .string(sk)]
    }

    @Test("an item is put, read, changed and deleted")
    func items() async throws {
        try await withTable { client, table async throws in
            #expect(try await client.get(key("k"), from: table, isConsistent: true) == nil)
            var item = key("k")
            item["value"] = .map(["list": .list([.integer(1), .null, .bool(true), .binary([1, 2])])])
            #expect(try await client.write(.put(item, into: table)) == .written([:]))
            #expect(try await client.get(key("k"), from: table, isConsistent: false) == item)
            let changed = try await client.write(
                .update(key("k"), of: table, "SET #count = if_not_exists(#count, :zero) + :one REMOVE #value")
                    .with(values: [":zero": .integer(0), ":one": .integer(1)]),
                returning: .allNew)
            #expect(changed == .written(key("k").merging(["count": .integer(1)]) { $1 }))
            let deleted = try await client.write(.delete(key("k"), from: table), returning: .allOld)
            #expect(deleted == changed)
            #expect(try await client.write(.delete(key("k"), from: table)) == .written([:]))
        }
    }

    @Test("a condition that fails is an answer with the item as it stands")
    func conditions() async throws {
        try await withTable { client, table async throws in
            let put = DynamoDB.Write.put(key("k"), into: table).when("attribute_not_exists(#pk)")
            #expect(try await client.write(put) == .written([:]))
            #expect(try await client.write(put) == .conditionFailed(current: key("k")))
            let update = DynamoDB.Write.update(key("none"), of: table, "SET #state = :s")
                .when("attribute_exists(#pk) AND #named = :s")
                .with(names: ["#named": "state"], values: [":s": .string("x")])
            #expect(try await client.write(update) == .conditionFailed(current: nil))
            let check = await #expect(throws: AWSError.self) {
                try await client.write(.check(key("k"), of: table))
            }
            #expect(check?.isRetryable == false)
        }
    }

    @Test("a query reads one partition page by page, forward or backward")
    func queries() async throws {
        try await withTable { client, table async throws in
            for index in 0..<5 { _ = try await client.write(.put(key("p", "s\(index)"), into: table)) }
            for sk in ["s9", "t1"] { _ = try await client.write(.put(key("other", sk), into: table)) }
            var query = DynamoDB.Query(
                table: table, keyCondition: "#pk = :pk AND begins_with(#sk, :s)",
                values: [":pk": .string("p"), ":s": .string("s")], pageSize: 2)
            var pages: [[String?]] = []
            for try await page in client.pages(of: query) { pages.append(page.map { $0["sk"]?.string }) }
            #expect(pages.filter { !$0.isEmpty } == [["s0", "s1"], ["s2", "s3"], ["s4"]])
            query.isForward = false
            let first = try await client.page(of: query)
            #expect(first.items.map { $0["sk"]?.string } == ["s4", "s3"])
            query.values[":pk"] = .string("absent")
            #expect(try await client.page(of: query).items.isEmpty)
        }
    }

    @Test("more keys than one call takes are read, each once, those that exist")
    func batchGet() async throws {
        try await withTable { client, table async throws in
            for index in stride(from: 0, to: 110, by: 10) {
                _ = try await client.write(.put(key("k\(index)"), into: table))
            }
            let keys = (0..<110).map { key("k\($0)") } + [key("k0")]
            let items = try await client.batchGet(keys, from: table, isConsistent: true)
            #expect(Set(items) == Set(stride(from: 0, to: 110, by: 10).map { key("k\($0)") }))
            #expect(items.count == 11)
            #expect(try await client.batchGet([], from: table, isConsistent: true).isEmpty)
        }
    }

    @Test("a transaction makes all writes or none, and says which condition failed on what")
    func transactions() async throws {
        try await withTable { client, table async throws in
            let writes: [DynamoDB.Write] = [
                .put(key("a"), into: table).when("attribute_not_exists(#pk)"),
                .update(key("b"), of: table, "ADD #count :two").with(values: [":two": .integer(2)]),
                .check(key("c"), of: table).when("attribute_not_exists(#pk)"),
                .delete(key("d"), from: table),
            ]
            #expect(try await client.transact(writes, token: "token-1") == .committed)
            let outcome = try await client.transact(writes, token: "token-2")
            guard case .cancelled(let reasons) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(reasons.map(\.code) == ["ConditionalCheckFailed", "None", "None", "None"])
            #expect(reasons.first?.item == key("a"))
            let b = try await client.get(key("b"), from: table, isConsistent: true)
            #expect(b?["count"] == .integer(2))
        }
    }

    @Test("a missing table is told by its code")
    func missingTable() async throws {
        try await withTable { client, _ async throws in
            let error = await #expect(throws: AWSError.self) {
                try await client.get(key("k"), from: "no-such-table", isConsistent: true)
            }
            #expect(error?.code == "ResourceNotFoundException")
        }
    }

    @Test("every attribute that an expression names is given its name")
    func names() {
        let names = AttributeNames.completed(
            ["#given": "other"], for: ["SET #a_1 = :a, #given = :b", "#state<>:x AND attribute_exists(#pk)"])
        #expect(names == ["#a_1": "a_1", "#given": "other", "#state": "state", "#pk": "pk"])
    }
}
