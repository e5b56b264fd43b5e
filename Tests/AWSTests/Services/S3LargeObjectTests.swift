import AWS
import AWSSupport
import HTTP
import Locks
import TestSupport
import Testing

@Suite("S3, large objects", .timeLimit(.minutes(10)))
struct S3LargeObjectTests {
    @Test(
        "a large object is written and read in constant memory",
        .enabled(if: LargeObject.isRequested, "JADA_BLAST_TEST_LARGE_MB does not say how large"))
    func large() async throws {
        try await withMotoAccount { account in
            let bucket = try await account.createBucket()
            let s3 = S3(configuration: account.aws)
            let before = LargeObject.residentBytes()
            let piece = [UInt8](repeating: 7, count: 1 << 20)
            let left = Mutex(LargeObject.bytes)
            try await s3.put(
                .stream(length: Int64(LargeObject.bytes), sha256: nil) {
                    left.withLock { left in
                        guard left > 0 else { return nil }
                        left -= piece.count
                        return piece
                    }
                }, to: "object", in: bucket)
            LargeObject.report(
                "S3 PutObject", bytes: LargeObject.bytes, memory: LargeObject.residentBytes() - before)

            var count = 0
            var peak = before
            for try await piece in try await s3.open("object", from: bucket).body {
                count += piece.count
                peak = max(peak, LargeObject.residentBytes())
            }
            #expect(count == LargeObject.bytes)
            #expect(peak - before < 64 << 20 + LargeObject.sanitizerBytes)
            LargeObject.report("S3 GetObject", bytes: count, memory: peak - before)
        }
    }
}
