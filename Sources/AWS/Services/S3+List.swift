internal import HTTP

extension S3 {
    /// One page of a listing.
    package struct Listing: Sendable, Hashable {
        package let objects: [ObjectInfo]
        /// Beginnings of keys up to and with the delimiter: the folders.
        package let prefixes: [String]
        /// Where the next page begins; `nil` after the last.
        package let next: String?
    }

    /// Lists keys in order, at most a thousand a page (ListObjectsV2).
    ///
    /// - Parameters:
    ///   - delimiter: groups the keys that hold it after the prefix, as folders would.
    ///   - token: where the page begins, as the one before told.
    package func list(
        _ bucket: String, prefix: String = "", delimiter: String? = nil, from token: String? = nil,
        pageSize: Int? = nil
    ) async throws(AWSError) -> Listing {
        var query = [(name: "list-type", value: "2"), ("encoding-type", "url"), ("prefix", prefix)]
        if let delimiter { query.append(("delimiter", delimiter)) }
        if let token { query.append(("continuation-token", token)) }
        if let pageSize { query.append(("max-keys", "\(pageSize)")) }
        let request = AWSRequest(
            operation: "ListObjectsV2", method: "GET", path: [bucket], query: query, isIdempotent: true)
        let document = try S3.parse(try await client.send(request), of: request.operation)
        return Listing(
            objects: document.all("Contents").map { entry in
                ObjectInfo(
                    key: S3.decoded(entry["Key"]?.text ?? ""), etag: entry["ETag"]?.text ?? "",
                    size: Int64(entry["Size"]?.text ?? "") ?? 0)
            },
            prefixes: document.all("CommonPrefixes").map { S3.decoded($0["Prefix"]?.text ?? "") },
            next: document["IsTruncated"]?.text == "true" ? document["NextContinuationToken"]?.text : nil)
    }

    /// Undoes `encoding-type=url`: percent-encoding with `+` for a space.
    static func decoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                if rest.count >= 2,
                    let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
                {
                    bytes.append(value)
                    rest = rest.dropFirst(2)
                } else {
                    bytes.append(byte)
                }
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
