internal import AWS
internal import Campaigns
internal import HTTP

/// Reads one version of an object to its end, across connections that break or fall silent.
actor S3ObjectReader {
    /// Connections that may fail in a row without a byte in between.
    private static let maximumFailures = 3

    private let key: String
    private let prefix: String
    private let bucket: String
    private let client: S3
    private let idleLimit: Duration
    private let etag: String
    private var body: HTTPBody.AsyncIterator
    /// Bytes read so far.
    private var offset: Int64 = 0
    private var failures = 0
    private var hasEnded = false

    /// Opens the object.
    ///
    /// - Parameters:
    ///   - key: what its owner calls it.
    ///   - prefix: what stands before that in the bucket.
    ///   - idleLimit: how long a connection may bring no byte before the next is tried.
    init(key: String, prefix: String, bucket: String, client: S3, idleLimit: Duration) async throws {
        self.key = key
        self.prefix = prefix
        self.bucket = bucket
        self.client = client
        self.idleLimit = idleLimit
        let stream: S3.ObjectStream
        do throws(AWSError) {
            stream = try await client.open(prefix + key, from: bucket, idle: idleLimit)
        } catch {
            throw error.failure(of: .object(key: key, bucket: bucket, prefix: prefix))
        }
        etag = stream.etag
        body = stream.body.makeAsyncIterator()
    }

    func next() async throws -> [UInt8]? {
        while !hasEnded {
            var body = body
            do {
                let piece = try await body.next()
                self.body = body
                guard let piece else { break }
                offset += Int64(piece.count)
                failures = 0
                return piece
            } catch let error as HTTPError {
                failures += 1
                guard error.kind != .cancelled else { throw CancellationError() }
                guard failures <= S3ObjectReader.maximumFailures else {
                    throw AWSError(
                        service: AWSService.s3.name, operation: "GetObject", kind: .transport(error),
                        attempts: failures
                    ).failure(of: .object(key: key, bucket: bucket, prefix: prefix))
                }
                try await reopen()
            }
        }
        hasEnded = true
        return nil
    }

    private func reopen() async throws {
        do throws(AWSError) {
            body = try await client.open(
                prefix + key, from: bucket, offset: offset, ifMatch: etag, idle: idleLimit
            ).body.makeAsyncIterator()
        } catch {
            switch error.status {
            case 412:
                throw Problem(
                    .invalidInput, file: key, "the object was replaced while it was read",
                    remedy: "Start again once its upload is over")
            case 416:
                // The connection broke after the last byte.
                hasEnded = true
            default: throw error.failure(of: .object(key: key, bucket: bucket, prefix: prefix))
            }
        }
    }
}
