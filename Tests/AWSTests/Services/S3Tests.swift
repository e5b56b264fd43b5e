import AWSSupport
import HTTP
import Locks
import Testing

@testable import AWS

@Suite("S3", .timeLimit(.minutes(10)))
struct S3Tests {
    private func withBucket(_ body: (_ s3: S3, _ bucket: String) async throws -> Void) async throws {
        let account = try await MotoAccount()
        try await body(S3(configuration: account.aws), try await account.createBucket())
    }

    @Test("an object is read whole, in part, and only if it is of the version asked for")
    func reading() async throws {
        try await withBucket { s3, bucket async throws in
            let etag = try await s3.put(.bytes(Array("0123456789".utf8)), to: "a b/ü+%.txt", in: bucket)
            let whole = try await s3.get("a b/ü+%.txt", from: bucket, ifMatch: etag, maximumBytes: 10)
            #expect(whole.bytes == Array("0123456789".utf8))
            #expect(whole.etag == etag)
            let part = try await s3.get("a b/ü+%.txt", from: bucket, range: 2..<5, maximumBytes: 10)
            #expect(part.bytes == Array("234".utf8))
            let tooLarge = await #expect(throws: AWSError.self) {
                try await s3.get("a b/ü+%.txt", from: bucket, maximumBytes: 9)
            }
            guard case .transport(let failure)? = tooLarge?.kind else {
                Issue.record("\(String(describing: tooLarge))")
                return
            }
            #expect(failure.kind == .bodyTooLarge)
            let replaced = await #expect(throws: AWSError.self) {
                try await s3.get("a b/ü+%.txt", from: bucket, ifMatch: "\"other\"", maximumBytes: 10)
            }
            #expect(replaced?.status == 412)
        }
    }

    @Test("what is not there is told, also with a limit smaller than the answer that tells it")
    func missing() async throws {
        try await withBucket { s3, bucket async throws in
            let object = await #expect(throws: AWSError.self) {
                try await s3.get("missing", from: bucket, maximumBytes: 1)
            }
            #expect(object?.code == "NoSuchKey")
            let stream = await #expect(throws: AWSError.self) { try await s3.open("missing", from: bucket) }
            #expect(stream?.code == "NoSuchKey")
            #expect(try await s3.head("missing", in: bucket) == nil)
            let noBucket = await #expect(throws: AWSError.self) { try await s3.list("no-such-bucket-here") }
            #expect(noBucket?.code == "NoSuchBucket")
        }
    }

    @Test("a body is streamed up and down, from any offset")
    func streaming() async throws {
        try await withBucket { s3, bucket async throws in
            let piece = [UInt8]((0..<65_536).map { UInt8(truncatingIfNeeded: $0 &* 7) })
            let pieces = Mutex(0)
            let body = AWSRequest.Body.stream(length: Int64(40 * piece.count), sha256: nil) {
                pieces.withLock { count in
                    count += 1
                    return count <= 40 ? piece : nil
                }
            }
            try await s3.put(body, to: "large", in: bucket)
            #expect(try await s3.head("large", in: bucket)?.size == Int64(40 * piece.count))
            for offset in [0, 1, 39 * piece.count + 17] {
                let stream = try await s3.open("large", from: bucket, offset: Int64(offset))
                #expect(stream.length == Int64(40 * piece.count - offset))
                var position = offset
                for try await bytes in stream.body {
                    let isSame = bytes.indices.allSatisfy {
                        bytes[$0] == piece[(position + $0) % piece.count]
                    }
                    #expect(isSame)
                    position += bytes.count
                }
                #expect(position == 40 * piece.count)
            }
        }
    }

    @Test("a key that is written only if absent is written once")
    func onlyIfAbsent() async throws {
        try await withBucket { s3, bucket async throws in
            try await s3.put(.bytes([1]), to: "plan.json", in: bucket, onlyIfAbsent: true)
            let second = await #expect(throws: AWSError.self) {
                try await s3.put(.bytes([2]), to: "plan.json", in: bucket, onlyIfAbsent: true)
            }
            #expect(second?.status == 412)
            #expect(try await s3.get("plan.json", from: bucket, maximumBytes: 9).bytes == [1])
        }
    }

    @Test("keys are listed page by page as they are, and grouped by a delimiter")
    func listing() async throws {
        try await withBucket { s3, bucket async throws in
            let keys = [
                "c/a/campaign.json", "c/a/x", "c/b & <b>/campaign.json", "c/ü +%2F/y", "c/z", "d/e",
            ]
            for key in keys { try await s3.put(.bytes([1, 2]), to: key, in: bucket) }
            var listed: [String] = []
            var pages = 0
            var next: String?
            repeat {
                let page = try await s3.list(bucket, from: next, pageSize: 4)
                #expect(page.objects.allSatisfy { $0.size == 2 && $0.etag.hasPrefix("\"") })
                listed += page.objects.map(\.key)
                next = page.next
                pages += 1
            } while next != nil
            #expect(Set(listed) == Set(keys))
            #expect(listed.count == keys.count)
            #expect(pages == 2)
            let grouped = try await s3.list(bucket, prefix: "c/", delimiter: "/")
            #expect(grouped.objects.map(\.key) == ["c/z"])
            #expect(Set(grouped.prefixes) == ["c/a/", "c/b & <b>/", "c/ü +%2F/"])
            #expect(try await s3.list(bucket, prefix: "nothing/").objects.isEmpty)
        }
    }

    @Test("objects are deleted by the batch, whatever they are called and whether they exist")
    func deleting() async throws {
        try await withBucket { s3, bucket async throws in
            let keys = ["a&b<c>\"d'", "a tab\t", "ü/日本", "plain"]
            for key in keys + ["kept"] { try await s3.put(.bytes([1]), to: key, in: bucket) }
            try await s3.delete(keys + ["absent"], from: bucket)
            try await s3.delete("absent", from: bucket)
            try await s3.delete([], from: bucket)
            #expect(try await s3.list(bucket).objects.map(\.key) == ["kept"])
        }
    }

    @Test(
        "a key's percent-encoding is undone",
        arguments: [
            ("a+b%20c%2B", "a b c+"), ("%C3%BC", "ü"), ("%", "%"), ("%2", "%2"), ("%zz", "%zz"), ("", ""),
        ])
    func decoding(text: String, key: String) {
        #expect(S3.decoded(text) == key)
    }
}
