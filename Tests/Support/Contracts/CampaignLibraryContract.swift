package import Campaigns
import Testing

/// What every ``CampaignLibrary`` promises.
package var campaignLibraryContract: [ContractClause<any CampaignLibrary>] {
    [
        .init("a fresh library has no campaigns") { library async throws in
            #expect(try await library.campaigns().isEmpty)
        },
        .init("campaigns are the folders with a campaign.json, in order of name") { library async throws in
            for key in [
                "campaigns/b/campaign.json", "campaigns/a-2/campaign.json", "campaigns/a/campaign.json",
                "campaigns/a/message.html", "campaigns/draft/message.html",
                "campaigns/Not an id/campaign.json",
                "campaigns/readme.txt", "campaigns/deep/er/campaign.json", "runs/a/1/plan.json",
            ] { try await library.write(Array("{}".utf8), to: key) }
            #expect(try await library.campaigns().map(\.id.rawValue) == ["a", "a-2", "b"])
        },
        .init("a campaign's version changes with its campaign.json, and is that of reading it") {
            library async throws in
            let key = "campaigns/a/campaign.json"
            try await library.write(Array("{}".utf8), to: key)
            let first = try await library.campaigns().first?.version
            #expect(try await library.read(key, maximumBytes: 10).version == first)
            try await library.write(Array("{ }".utf8), to: key)
            #expect(try await library.campaigns().first?.version != first)
            try await library.write(Array("{}".utf8), to: "campaigns/a/message.html")
            try await library.write(Array("{}".utf8), to: key)
            #expect(try await library.campaigns().first?.version == first)
        },
        .init("an object is read as it was written, empty and odd ones too") { library async throws in
            let contents: [String: [UInt8]] = [
                "campaigns/a/empty": [],
                "campaigns/a/bytes": Array(0...255),
                "campaigns/a/Gäste & Freunde (50%) +1 #2?.csv": Array("\u{FEFF}E-Mail\r\n".utf8),
                "runs/a/2026-06-01T10:00:00Z/plan/shards/0.jsonl": Array("{}\n".utf8),
            ]
            for (key, bytes) in contents { try await library.write(bytes, to: key) }
            for (key, bytes) in contents {
                #expect(try await library.read(key, maximumBytes: 256).bytes == bytes)
                #expect(try await bytesOf(library.open(key)) == bytes)
            }
        },
        .init("an object is replaced as a whole") { library async throws in
            try await library.write(Array("a long first content".utf8), to: "campaigns/a/file")
            try await library.write(Array("short".utf8), to: "campaigns/a/file")
            #expect(
                try await library.read("campaigns/a/file", maximumBytes: 100).bytes == Array("short".utf8))
        },
        .init("a large object is read piece by piece") { library async throws in
            var bytes = [UInt8](repeating: 0, count: 3 << 20)
            for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: index &* 31 &+ index >> 8) }
            try await library.write(bytes, to: "campaigns/a/recipients.csv")
            let stream = try await library.open("campaigns/a/recipients.csv")
            var read: [UInt8] = []
            var largest = 0
            while let piece = try await stream.next() {
                largest = max(largest, piece.count)
                read += piece
            }
            #expect(read == bytes)
            #expect(largest < 2 << 20)
            #expect(try await stream.next() == nil)
        },
        .init("an object above the limit is refused, one at the limit is not") { library async throws in
            try await library.write([1, 2, 3], to: "campaigns/a/file")
            #expect(try await library.read("campaigns/a/file", maximumBytes: 3).bytes.count == 3)
            let problem = await #expect(throws: Problem.self) {
                _ = try await library.read("campaigns/a/file", maximumBytes: 2)
            }
            #expect(problem?.kind == .invalidInput)
            #expect(problem?.file == "campaigns/a/file")
        },
        .init("what is not there is told by its name") { library async throws in
            let reading = await #expect(throws: Problem.self) {
                _ = try await library.read("campaigns/a/missing.html", maximumBytes: 10)
            }
            #expect(reading?.kind == .notFound)
            #expect(reading?.file == "campaigns/a/missing.html")
            let opening = await #expect(throws: Problem.self) {
                _ = try await bytesOf(library.open("campaigns/a/missing.csv"))
            }
            #expect(opening?.kind == .notFound)
            #expect(opening?.file == "campaigns/a/missing.csv")
        },
        .init("objects are deleted, whether they exist or not") { library async throws in
            let keys = ["runs/a/1/shards/0.jsonl", "runs/a/1/shards/1 & 2.jsonl", "runs/a/1/absent"]
            for key in keys.dropLast() { try await library.write([1], to: key) }
            try await library.write([1], to: "runs/a/1/kept")
            try await library.delete(keys)
            try await library.delete([])
            for key in keys {
                let problem = await #expect(throws: Problem.self) {
                    _ = try await library.read(key, maximumBytes: 10)
                }
                #expect(problem?.kind == .notFound)
            }
            #expect(try await library.read("runs/a/1/kept", maximumBytes: 10).bytes == [1])
        },
        .init("a key that names no place of its own is refused") { library async throws in
            for key in [
                "", "/etc/passwd", "campaigns/../../secret", "campaigns/a/..", "campaigns//a", "./a", "a/",
            ] {
                for attempt in [
                    { _ = try await library.read(key, maximumBytes: 10) },
                    { _ = try await library.open(key) },
                    { try await library.write([1], to: key) },
                ] as [@Sendable () async throws -> Void] {
                    let problem = await #expect(throws: Problem.self) { try await attempt() }
                    #expect(problem?.kind == .invalidInput, "\(key)")
                }
            }
        },
    ]
}

private func bytesOf(_ stream: ByteStream) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    while let piece = try await stream.next() { bytes += piece }
    return bytes
}
