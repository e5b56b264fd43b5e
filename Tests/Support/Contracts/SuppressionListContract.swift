package import Campaigns
import Testing

/// What every ``SuppressionList`` promises.
package var suppressionListContract: [ContractClause<any SuppressionList>] {
    [
        .init("a fresh list is empty") { list async throws in
            #expect(try await list.all().isEmpty)
            #expect(try await list.lookUp(["a@example.org"]).isEmpty)
            #expect(try await list.lookUp([]).isEmpty)
        },
        .init("an entry is found by its address, and only by it") { list async throws in
            let entry = example("ann@example.org", .unsubscribe)
            try await list.add(entry)
            let found = try await list.lookUp(["ann@example.org", "an@example.org", "ann@example.org"])
            #expect(found == ["ann@example.org": entry])
            #expect(try await list.all() == [entry])
        },
        .init("the entry added last counts") { list async throws in
            try await list.add(example("ann@example.org", .bounce))
            let last = example("ann@example.org", .complaint)
            try await list.add(last)
            #expect(try await list.lookUp(["ann@example.org"])["ann@example.org"] == last)
            #expect(try await list.all() == [last])
        },
        .init("a removed entry is gone; removing what is not there is no error") { list async throws in
            try await list.add(example("ann@example.org", .manual))
            for _ in 0..<2 { try await list.remove("ann@example.org") }
            #expect(try await list.lookUp(["ann@example.org"]).isEmpty)
            #expect(try await list.all().isEmpty)
        },
        .init("every reason and odd address comes back as it was") { list async throws in
            let addresses = [
                #""a#b/../c' or 1=1 --"@example.org"#, "a+b%20c@example.org", "{{x}}@example.org",
                "\u{1F6A2}@example.org", String(repeating: "x", count: 254),
            ]
            var expected: [String: SuppressionEntry] = [:]
            for (index, address) in addresses.enumerated() {
                let reasons = SuppressionReason.allCases
                expected[address] = example(address, reasons[index % reasons.count])
            }
            for entry in expected.values { try await list.add(entry) }
            #expect(try await list.lookUp(addresses) == expected)
            #expect(Set(try await list.all()) == Set(expected.values))
        },
        .init("a hundred addresses are looked up at once, and every page of the list is read") {
            list async throws in
            let entries = (0..<120).map { example("guest-\($0)@example.org", .bounce) }
            _ = try await atOnce(12) { part in
                for entry in entries[(part * 10)..<(part * 10 + 10)] { try await list.add(entry) }
            }
            let addresses = (50..<150).map { "guest-\($0)@example.org" }
            #expect(Set(try await list.lookUp(addresses).values) == Set(entries[50..<120]))
            let all = try await list.all()
            #expect(all.count == 120)
            #expect(Set(all) == Set(entries))
        },
        .init("an entry is changed only while it is as it was found") { list async throws in
            let ann = "ann@example.org"
            func listed() async throws -> SuppressionEntry? { try await list.lookUp([ann])[ann] }
            let first = example(ann, .unsubscribe)
            #expect(try await list.change(ann, from: nil, to: first))
            #expect(try await listed() == first)

            var others = [first, first, first, first]
            others[0].reason = .bounce
            others[1].source = "import"
            others[2].at = first.at + .milliseconds(1)
            let next = example(ann, .complaint)
            for other in others.dropLast() {
                #expect(try await !list.change(ann, from: other, to: next))
                #expect(try await !list.change(ann, from: other, to: nil))
            }
            #expect(try await !list.change(ann, from: nil, to: next))
            #expect(try await listed() == first)

            #expect(try await list.change(ann, from: first, to: next))
            #expect(try await listed() == next)
            // As after an answer that was lost.
            #expect(try await list.change(ann, from: first, to: next))
            #expect(try await !list.change(ann, from: first, to: nil))
            #expect(try await list.change(ann, from: next, to: nil))
            #expect(try await list.change(ann, from: next, to: nil))
            #expect(try await list.all().isEmpty)
        },
        .init("many entries are changed at once, each by itself and only while it is as it was found") {
            list async throws in
            let ann = example("ann@example.org", .unsubscribe)
            try await list.add(ann)
            var changes = (0..<250).map { index in
                let address = "guest-\(index)@example.org"
                return SuppressionChange(address: address, from: nil, to: example(address, .bounce))
            }
            // Not as it was found; as it was; gone already.
            changes[7] = SuppressionChange(
                address: ann.address, from: nil, to: example(ann.address, .complaint))
            let gone = example("gone@example.org", .manual)
            changes[8] = SuppressionChange(address: gone.address, from: gone, to: nil)
            let made = try await list.change(changes)
            #expect(made.count == 250)
            // An entry that is gone stands as it is to.
            #expect(made.indices.filter { !made[$0] } == [7])
            #expect(try await list.lookUp([ann.address])[ann.address] == ann)
            #expect(try await list.all().count == 249)
            #expect(try await list.change([]).isEmpty)
            let again = try await list.change([
                SuppressionChange(address: ann.address, from: ann, to: nil)
            ])
            #expect(again == [true])
            #expect(try await list.all().count == 248)
        },
        .init("of many who change an entry at once one does") { list async throws in
            let changed = try await atOnce(8) { index in
                var entry = example("ann@example.org", .unsubscribe)
                entry.source = "link in cruise-\(index)"
                return try await list.change("ann@example.org", from: nil, to: entry)
            }
            #expect(changed.count { $0 } == 1)
        },
        .init("a transient bounce counts once a run, in any order and at once") { list async throws in
            let ann = "ann@example.org"
            let counts = try await atOnce(12) { number in
                try await list.noteTransientBounce(
                    of: ann, in: RunID("cruise#\(number % 3)")!, at: moment + .seconds(number),
                    memory: .seconds(3600))
            }
            // Whoever is counted last sees all three.
            #expect(counts.max() == 3 && counts.min()! >= 1)
            #expect(
                try await list.noteTransientBounce(
                    of: "bob@example.org", in: RunID("cruise#1")!, at: moment, memory: .seconds(3600)) == 1)
            #expect(try await list.all().isEmpty)
            #expect(try await list.lookUp([ann]).isEmpty)
        },
        .init("transient bounces are forgotten after a time, and when their address is removed") {
            list async throws in
            func note(_ run: String, after seconds: Int) async throws -> Int {
                try await list.noteTransientBounce(
                    of: "ann@example.org", in: RunID("cruise#\(run)")!, at: moment + .seconds(seconds),
                    memory: .seconds(100))
            }
            #expect(try await note("a", after: 0) == 1)
            #expect(try await note("b", after: 99) == 2)
            #expect(try await note("b", after: 100) == 1)
            #expect(try await note("a", after: 101) == 2)
            try await list.remove("ann@example.org")
            #expect(try await note("c", after: 102) == 1)
        },
        .init("a late transient bounce counts with those near it, and forgets no other address's") {
            list async throws in
            func note(_ address: String, _ run: String, day: Int) async throws -> Int {
                try await list.noteTransientBounce(
                    of: address, in: RunID("cruise#\(run)")!, at: moment + .seconds(day * 86_400),
                    memory: .seconds(30 * 86_400))
            }
            #expect(try await note("bob@example.org", "a", day: 0) == 1)
            #expect(try await note("ann@example.org", "c", day: 44) == 1)
            #expect(try await note("ann@example.org", "b", day: 20) == 2)
            // Within thirty days of the second, and not of the first.
            #expect(try await note("ann@example.org", "a", day: 1) == 2)
            #expect(try await note("ann@example.org", "d", day: 19) == 3)
            #expect(try await note("bob@example.org", "b", day: 1) == 2)
            try await list.add(example("bob@example.org", .manual))
            try await list.forgetTransientBounces(of: "bob@example.org")
            #expect(try await note("bob@example.org", "c", day: 2) == 1)
            #expect(try await list.all().map(\.address) == ["bob@example.org"])
        },
        .init("what the reader of a page throws ends the reading") { list async throws in
            try await list.add(example("ann@example.org", .bounce))
            await #expect(throws: ContractBreach.self) {
                try await list.entries { _ in throw ContractBreach(description: "enough") }
            }
        },
    ]
}

private let moment = Timestamp(milliseconds: 1_780_326_000_123)

private func example(_ address: String, _ reason: SuppressionReason) -> SuppressionEntry {
    SuppressionEntry(
        address: address, reason: reason, source: "SES us-west-2",
        at: Timestamp(milliseconds: 1_780_326_000_123))
}

extension SuppressionList {
    fileprivate func all() async throws -> [SuppressionEntry] {
        var all: [SuppressionEntry] = []
        try await entries { all += $0 }
        return all
    }
}
