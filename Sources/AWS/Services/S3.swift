internal import Digests
package import HTTP

/// A client of Amazon S3 (API version 2006-03-01).
package struct S3: Sendable {
    let client: AWSClient

    package init(configuration: AWSConfiguration) {
        client = AWSClient(.s3, configuration: configuration)
    }

    /// What is known of an object without reading it.
    package struct ObjectInfo: Sendable, Hashable {
        package let key: String
        /// Opaque and in its quotes, as If-Match takes it; changes with the content.
        package let etag: String
        package let size: Int64
    }

    /// A whole object, or the part of it that was asked for.
    package struct Object: Sendable {
        package let bytes: [UInt8]
        package let etag: String
    }

    /// An object whose content is read as it arrives.
    package struct ObjectStream: Sendable {
        /// Bytes to come; `nil` if the service did not say.
        package let length: Int64?
        package let etag: String
        package let body: HTTPBody
    }

    // MARK: - Reading

    /// How long an open object may bring no byte. S3 never pauses like that: the connection is dead, and what is left of a
    /// sender's invocation is better spent on another one.
    package static let idleLimit = Duration.seconds(20)

    private static let largestErrorBody = 64 << 10

    /// Reads an object into memory.
    ///
    /// - Parameters:
    ///   - range: bytes counted from 0; those beyond the end are left out.
    ///   - etag: fail with status 412 (`PreconditionFailed`) unless the object is of this version.
    /// - Throws: code `NoSuchKey` where there is none; kind `transport` of kind `bodyTooLarge` above the limit.
    package func get(
        _ key: String, from bucket: String, range: Range<Int64>? = nil, ifMatch etag: String? = nil,
        maximumBytes: Int
    ) async throws(AWSError) -> Object {
        let request = getRequest(key, bucket, from: range?.lowerBound, to: range?.upperBound, etag: etag)
        // The limit is the object's: what S3 says of an error may be longer.
        let response = try await client.send(
            request, maximumBodyBytes: max(maximumBytes, S3.largestErrorBody))
        guard response.body.count <= maximumBytes else {
            throw AWSError(
                service: AWSService.s3.name, operation: request.operation,
                kind: .transport(
                    HTTPError(
                        kind: .bodyTooLarge, written: .maybe, curlCode: 0,
                        message: "the object has more than \(maximumBytes) bytes")))
        }
        return Object(bytes: response.body, etag: response.headers["etag"] ?? "")
    }

    /// Opens an object for reading at the reader's pace.
    ///
    /// - Parameters:
    ///   - offset: the first byte to be read, counted from 0.
    ///   - etag: fail with status 412 (`PreconditionFailed`) unless the object is of this version.
    ///   - idle: how long no byte may come before the body fails; time that the reader takes does not count.
    package func open(
        _ key: String, from bucket: String, offset: Int64 = 0, ifMatch etag: String? = nil,
        idle: Duration = S3.idleLimit
    ) async throws(AWSError) -> ObjectStream {
        var request = getRequest(key, bucket, from: offset > 0 ? offset : nil, to: nil, etag: etag)
        // As long as the reader takes.
        request.timeouts.total = nil
        request.timeouts.idle = idle
        let response = try await client.stream(request)
        return ObjectStream(
            length: response.headers["content-length"].flatMap { Int64($0) },
            etag: response.headers["etag"] ?? "", body: response.body)
    }

    private func getRequest(
        _ key: String, _ bucket: String, from start: Int64?, to end: Int64?, etag: String?
    ) -> AWSRequest {
        var request = S3.request("GetObject", "GET", key, bucket)
        if start != nil || end != nil {
            request.headers["Range"] = "bytes=\(start ?? 0)-\(end.map { "\($0 - 1)" } ?? "")"
        }
        if let etag { request.headers["If-Match"] = etag }
        return request
    }

    /// What is known of an object, or `nil` where there is none; also where there is no such bucket, which S3 does not tell
    /// in an answer without a body.
    package func head(_ key: String, in bucket: String) async throws(AWSError) -> ObjectInfo? {
        do throws(AWSError) {
            let response = try await client.send(S3.request("HeadObject", "HEAD", key, bucket))
            return ObjectInfo(
                key: key, etag: response.headers["etag"] ?? "",
                size: response.headers["content-length"].flatMap { Int64($0) } ?? 0)
        } catch {
            if case .service(_, _, status: 404) = error.kind { return nil }
            throw error
        }
    }

    // MARK: - Writing

    /// Writes an object and returns its ETag.
    ///
    /// - Parameter onlyIfAbsent: fail with status 412 (`PreconditionFailed`) where the key exists.
    @discardableResult
    package func put(
        _ body: AWSRequest.Body, to key: String, in bucket: String, contentType: String? = nil,
        onlyIfAbsent: Bool = false
    ) async throws(AWSError) -> String {
        var request = S3.request("PutObject", "PUT", key, bucket)
        request.body = body
        if let contentType { request.headers["Content-Type"] = contentType }
        if onlyIfAbsent {
            request.headers["If-None-Match"] = "*"
            // After a lost answer the key exists: the second attempt would fail over its own success.
            request.isIdempotent = false
        }
        // Large bodies take their time.
        request.timeouts.total = .seconds(600)
        return try await client.send(request).headers["etag"] ?? ""
    }

    /// Deletes an object; one that does not exist is no error.
    package func delete(_ key: String, from bucket: String) async throws(AWSError) {
        _ = try await client.send(S3.request("DeleteObject", "DELETE", key, bucket))
    }

    /// Keys that one DeleteObjects call takes.
    private static let keysPerDelete = 1000

    /// Deletes objects, up to a thousand with a call; those that do not exist are no error.
    ///
    /// - Throws: the first failure that S3 tells of, after all calls were made.
    package func delete(_ keys: [String], from bucket: String) async throws(AWSError) {
        var failure: AWSError?
        // XML 1.0 has no way to write most control characters.
        let isWritable = { (key: String) in key.utf8.allSatisfy { $0 >= 0x20 } }
        for key in keys where !isWritable(key) { try await delete(key, from: bucket) }
        let keys = keys.filter(isWritable)
        for start in stride(from: 0, to: keys.count, by: S3.keysPerDelete) {
            let some = keys[start..<min(start + S3.keysPerDelete, keys.count)]
            failure = try await deleteAtOnce(some, from: bucket) ?? failure
        }
        if let failure { throw failure }
    }

    private func deleteAtOnce(
        _ keys: ArraySlice<String>, from bucket: String
    ) async throws(AWSError) -> AWSError? {
        var document = #"<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>true</Quiet>"#
        for key in keys { document += "<Object><Key>\(S3.escaped(key))</Key></Object>" }
        document += "</Delete>"
        let bytes = Array(document.utf8)
        var request = AWSRequest(
            operation: "DeleteObjects", path: [bucket], query: [("delete", "")], body: .bytes(bytes),
            isIdempotent: true)
        request.headers["Content-Type"] = "application/xml"
        request.headers["x-amz-checksum-sha256"] = Base64.encode(SHA256.hash(bytes))
        let response = try await client.send(request)
        guard let error = try S3.parse(response, of: request.operation)["Error"] else { return nil }
        return AWSError(
            service: AWSService.s3.name, operation: request.operation,
            kind: .service(
                code: error["Code"]?.text ?? "InternalError",
                message: "\(error["Key"]?.text ?? ""): \(error["Message"]?.text ?? "")", status: 200))
    }

    // MARK: - Common

    static func request(_ operation: String, _ method: String, _ key: String, _ bucket: String) -> AWSRequest
    {
        let segments = key.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        return AWSRequest(
            operation: operation, method: method, path: [bucket] + segments, isIdempotent: true)
    }

    static func parse(_ response: HTTPResponse, of operation: String) throws(AWSError) -> XMLElement {
        do throws(XMLError) {
            return try XMLElement.parse(response.body)
        } catch {
            throw AWSError(
                service: AWSService.s3.name, operation: operation, kind: .malformedResponse("\(error)"),
                requestID: response.headers["x-amz-request-id"])
        }
    }

    private static func escaped(_ text: String) -> String {
        var output = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": output += "&amp;"
            case "<": output += "&lt;"
            case ">": output += "&gt;"
            case "\"": output += "&quot;"
            default: output.unicodeScalars.append(character)
            }
        }
        return output
    }
}
