import Campaigns
import Foundation
import LocalAdapters
import TestSupport
import Testing

@Suite("Directory campaign library")
struct DirectoryCampaignLibraryTests {
    /// A library with the files given by key, and an empty state folder.
    private func withLibrary<Result>(
        _ files: [String: String] = [:],
        _ body: (_ library: DirectoryCampaignLibrary, _ folder: URL) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryFolder { folder in
            for name in ["library/campaigns", "state"] {
                try FileManager.default.createDirectory(
                    at: folder.appendingPathComponent(name), withIntermediateDirectories: true)
            }
            for (key, text) in files { try write(text, to: folder.appendingPathComponent("library/\(key)")) }
            let library = DirectoryCampaignLibrary(
                library: folder.path + "/library", state: folder.path + "/state")
            return try await body(library, folder)
        }
    }

    private func write(_ text: String, to url: URL) throws {
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    private func all(_ stream: ByteStream) async throws -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        while let piece = try await stream.next() { pieces.append(piece) }
        return pieces
    }

    @Test("campaigns are listed by name, with the version that reading gives")
    func listing() async throws {
        let files = [
            "campaigns/b/campaign.json": "b", "campaigns/a-2/campaign.json": "a", "campaigns/empty/x": "",
            "campaigns/Not An Id/campaign.json": "", "campaigns/file": "", "elsewhere/campaign.json": "",
        ]
        try await withLibrary(files) { library, _ in
            let listed = try await library.campaigns()
            #expect(listed.map(\.id.rawValue) == ["a-2", "b"])
            for (id, version) in listed {
                let object = try await library.read("campaigns/\(id)/campaign.json", maximumBytes: 10)
                #expect(object.version == version)
            }
        }
    }

    @Test("every edit changes the version, even one of the same size and time; touching does not")
    func versions() async throws {
        let key = "campaigns/a/campaign.json"
        try await withLibrary([key: "one"]) { library, folder in
            let path = folder.path + "/library/" + key
            let before = try await library.read(key, maximumBytes: 10)
            let date = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate]
            try FileManager.default.setAttributes([.modificationDate: Date()], ofItemAtPath: path)
            #expect(try await library.read(key, maximumBytes: 10).version == before.version)

            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            try handle.write(contentsOf: Data("two".utf8))
            try handle.close()
            try FileManager.default.setAttributes([.modificationDate: date!], ofItemAtPath: path)
            #expect(try await library.read(key, maximumBytes: 10).version != before.version)
        }
    }

    @Test("a file is read up to the limit, and refused above it")
    func limit() async throws {
        let key = "campaigns/a/message.html"
        let size = 10 << 20
        try await withLibrary([key: String(repeating: "x", count: size)]) { library, _ in
            let object = try await library.read(key, maximumBytes: size)
            #expect(object.bytes.count == size)
            let error = await #expect(throws: Problem.self) {
                _ = try await library.read(key, maximumBytes: size - 1)
            }
            #expect(error?.kind == .invalidInput)
            #expect(error?.file == key)
        }
    }

    @Test(
        "a stream gives the whole file in bounded pieces",
        arguments: [0, 1, 256 << 10, (256 << 10) + 1, 700_000])
    func streaming(size: Int) async throws {
        let key = "campaigns/a/recipients.csv"
        let text = String(decoding: (0..<size).map { UInt8(32 + $0 % 95) }, as: UTF8.self)
        try await withLibrary([key: text]) { library, _ in
            let pieces = try await all(try await library.open(key))
            #expect(pieces.allSatisfy { 1...(256 << 10) ~= $0.count })
            #expect(Array(pieces.joined()) == Array(text.utf8))
        }
    }

    @Test("a file that is replaced while it is read is read to the end as it was")
    func replaced() async throws {
        let key = "campaigns/a/recipients.csv"
        try await withLibrary([key: String(repeating: "a", count: 300_000)]) { library, folder in
            let stream = try await library.open(key)
            let first = try await stream.next() ?? []
            let url = folder.appendingPathComponent("library/\(key)")
            try Data(repeating: UInt8(ascii: "b"), count: 300_000).write(to: url, options: .atomic)
            let rest = try await all(stream)
            #expect((first + rest.joined()).allSatisfy { $0 == UInt8(ascii: "a") })
        }
    }

    @Test(
        "a file that is written into while it is read is told", arguments: ["longer", "shorter", "same size"])
    func changed(how: String) async throws {
        let key = "campaigns/a/recipients.csv"
        try await withLibrary([key: String(repeating: "a", count: 300_000)]) { library, folder in
            let stream = try await library.open(key)
            _ = try await stream.next()
            let handle = try FileHandle(forUpdating: folder.appendingPathComponent("library/\(key)"))
            switch how {
            case "longer": try handle.seekToEnd()
            case "shorter": try handle.truncate(atOffset: 10)
            default: break
            }
            try handle.write(contentsOf: Data("b".utf8))
            try handle.close()
            let error = await #expect(throws: Problem.self) { _ = try await all(stream) }
            #expect(error?.kind == .unavailable)
        }
    }

    @Test("runs lie in the state folder, written whole and readable only by their owner")
    func runs() async throws {
        try await withLibrary { library, folder in
            let key = "runs/a/2026-06-01T17:00:00Z/p1/plan.json"
            for text in ["one", "two, longer", ""] {
                try await library.write(Array(text.utf8), to: key)
                #expect(try await library.read(key, maximumBytes: 100).bytes == Array(text.utf8))
            }
            let file = folder.appendingPathComponent("state/\(key)")
            let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            let siblings = try FileManager.default.contentsOfDirectory(
                atPath: file.deletingLastPathComponent().path)
            #expect(siblings == ["plan.json"])

            try await library.delete([key, key, "runs/never/was"])
            let error = await #expect(throws: Problem.self) {
                _ = try await library.read(key, maximumBytes: 1)
            }
            #expect(error?.kind == .notFound)
        }
    }

    @Test(
        "no key leads out of the folders",
        arguments: [
            "", "/", "/etc/passwd", "../state/x", "campaigns/../../x", "campaigns/./a", "campaigns//a",
            "campaigns/",
            "runs/..", "a\0b", String(repeating: "x", count: 1025),
        ])
    func hostileKeys(key: String) async throws {
        try await withLibrary { library, _ in
            for use in [
                { _ = try await library.read(key, maximumBytes: 10) }, { _ = try await library.open(key) },
                { try await library.write([], to: key) }, { try await library.delete([key]) },
            ] as [() async throws -> Void] {
                let error = await #expect(throws: Problem.self) { try await use() }
                #expect(error?.kind == .invalidInput)
            }
        }
    }

    @Test("links are followed within the folder, and refused where they lead out of it")
    func links() async throws {
        let files = ["campaigns/a/real.csv": "inside", "campaigns/a/keep": ""]
        try await withLibrary(files) { library, folder in
            let campaign = folder.path + "/library/campaigns/a"
            try write("secret", to: folder.appendingPathComponent("library-secret/x"))
            let manager = FileManager.default
            try manager.createSymbolicLink(atPath: campaign + "/in.csv", withDestinationPath: "real.csv")
            try manager.createSymbolicLink(
                atPath: campaign + "/out.csv", withDestinationPath: "/etc/hostname")
            try manager.createSymbolicLink(
                atPath: campaign + "/out", withDestinationPath: folder.path + "/library-secret")
            try manager.createSymbolicLink(
                atPath: folder.path + "/state/runs", withDestinationPath: folder.path + "/library-secret")

            let inside = try await library.read("campaigns/a/in.csv", maximumBytes: 10)
            #expect(inside.bytes == Array("inside".utf8))
            for key in ["campaigns/a/out.csv", "campaigns/a/out/x", "runs/x"] {
                let error = await #expect(throws: Problem.self) {
                    _ = try await library.read(key, maximumBytes: 10)
                }
                #expect(error?.kind == .invalidInput, "\(key)")
            }
            await #expect(throws: Problem.self) { try await library.write([], to: "campaigns/a/out/y") }
            await #expect(throws: Problem.self) { try await library.write([], to: "runs/y") }
            await #expect(throws: Problem.self) { try await library.delete(["campaigns/a/out/x"]) }
            #expect(try manager.contentsOfDirectory(atPath: folder.path + "/library-secret") == ["x"])
        }
    }

    @Test("what is no file is told, and a named pipe does not hang", .timeLimit(.minutes(10)))
    func noFile() async throws {
        try await withLibrary(["campaigns/a/b/c": ""]) { library, folder in
            mkfifo(folder.path + "/library/campaigns/a/pipe", 0o600)
            for key in ["campaigns/a/b", "campaigns/a/pipe"] {
                let error = await #expect(throws: Problem.self) { _ = try await library.open(key) }
                #expect(error?.kind == .invalidInput)
                #expect(error?.file == key)
            }
        }
    }

    @Test("a missing folder is told with what to do")
    func missing() async throws {
        try await withTemporaryFolder { folder in
            let nowhere = DirectoryCampaignLibrary(library: folder.path + "/none", state: folder.path)
            let error = await #expect(throws: Problem.self) { _ = try await nowhere.campaigns() }
            #expect(
                error?.description
                    == "\(folder.path)/none: there is no such library folder. Name the folder that holds campaigns/ with --library."
            )
            let empty = DirectoryCampaignLibrary(library: folder.path, state: folder.path)
            let none = await #expect(throws: Problem.self) { _ = try await empty.campaigns() }
            #expect(
                none?.description
                    == "\(folder.path): the library folder holds no folder campaigns. Name the folder that holds campaigns/ with --library."
            )
        }
    }
}
