package import AWS
package import Campaigns
internal import HTTP

/// A campaign library in an S3 bucket, under an optional prefix.
package struct S3CampaignLibrary: CampaignLibrary {
    /// Objects whose versions are asked for at once.
    private static let concurrentHeads = 16

    private let client: S3
    private let bucket: String
    private let prefix: String
    private let idleLimit: Duration

    /// - Parameter idleLimit: how long an open object may bring no byte before it is asked for again.
    package init(
        aws: AWSConfiguration, configuration: CloudConfiguration, idleLimit: Duration = S3.idleLimit
    ) {
        self.idleLimit = idleLimit
        client = S3(configuration: aws)
        bucket = configuration.bucket
        prefix = configuration.prefix
    }

    package func campaigns() async throws -> [(id: CampaignID, version: String)] {
        let folders = prefix + "campaigns/"
        var identifiers: [CampaignID] = []
        var next: String?
        repeat {
            let listing = try await attempt(.bucket(bucket)) { [next] () async throws(AWSError) in
                try await client.list(bucket, prefix: folders, delimiter: "/", from: next)
            }
            identifiers += listing.prefixes.compactMap { folder in
                CampaignID(String(folder.dropFirst(folders.count).dropLast()))
            }
            next = listing.next
        } while next != nil

        return try await withThrowingTaskGroup(of: (CampaignID, String)?.self) { group in
            var versions: [CampaignID: String] = [:]
            for (index, id) in identifiers.enumerated() {
                if index >= S3CampaignLibrary.concurrentHeads,
                    let (id, version) = try await group.next() ?? nil
                {
                    versions[id] = version
                }
                group.addTask { try await version(of: id).map { (id, $0) } }
            }
            for try await case (let id, let version)? in group { versions[id] = version }
            return versions.sorted { $0.key.rawValue < $1.key.rawValue }.map {
                (id: $0.key, version: $0.value)
            }
        }
    }

    private func version(of id: CampaignID) async throws -> String? {
        let key = "campaigns/\(id)/campaign.json"
        return try await attempt(.object(key: key, bucket: bucket, prefix: prefix)) {
            () async throws(AWSError) in
            try await client.head(prefix + key, in: bucket)?.etag
        }
    }

    package func read(_ key: String, maximumBytes: Int) async throws -> LibraryObject {
        let key = try ObjectKey(key).rawValue
        let object = try await attempt(.object(key: key, bucket: bucket, prefix: prefix)) {
            () async throws(AWSError) -> S3.Object? in
            do throws(AWSError) {
                return try await client.get(prefix + key, from: bucket, maximumBytes: maximumBytes)
            } catch {
                guard case .transport(let failure) = error.kind, failure.kind == .bodyTooLarge else {
                    throw error
                }
                return nil
            }
        }
        guard let object else {
            throw Problem(
                .invalidInput, file: key,
                "the file is larger than the \(maximumBytes) bytes that are allowed",
                remedy: "Make it smaller")
        }
        return LibraryObject(bytes: object.bytes, version: object.etag)
    }

    package func open(_ key: String) async throws -> ByteStream {
        let key = try ObjectKey(key).rawValue
        let reader = try await S3ObjectReader(
            key: key, prefix: prefix, bucket: bucket, client: client, idleLimit: idleLimit)
        return ByteStream { try await reader.next() }
    }

    package func write(_ bytes: [UInt8], to key: String) async throws {
        let key = try ObjectKey(key).rawValue
        _ = try await attempt(.object(key: key, bucket: bucket, prefix: prefix)) {
            () async throws(AWSError) in
            try await client.put(
                .bytes(bytes), to: prefix + key, in: bucket,
                contentType: S3CampaignLibrary.contentType(of: key))
        }
    }

    package func delete(_ keys: [String]) async throws {
        guard let first = keys.first else { return }
        let keys = try keys.map { prefix + (try ObjectKey($0)).rawValue }
        try await attempt(.object(key: first, bucket: bucket, prefix: prefix)) { () async throws(AWSError) in
            try await client.delete(keys, from: bucket)
        }
    }

    private func attempt<Value>(
        _ resource: CloudResource, _ call: () async throws(AWSError) -> Value
    ) async throws -> Value {
        do throws(AWSError) {
            return try await call()
        } catch {
            throw error.failure(of: resource)
        }
    }

    /// Reports are opened in a browser straight from the bucket.
    private static func contentType(of key: String) -> String {
        switch key.split(separator: ".").last {
        case "json": "application/json"
        case "jsonl": "application/jsonl"
        case "html": "text/html; charset=utf-8"
        case "csv": "text/csv; charset=utf-8"
        case "txt": "text/plain; charset=utf-8"
        default: "application/octet-stream"
        }
    }
}
