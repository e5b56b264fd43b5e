// Members of requests and answers bear the names that the API gives them.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

internal import AWS
internal import TextSearch

/// A client of AWS Lambda (API version 2015-03-31): how functions are configured, and what calls them.
struct Functions: Sendable {
    private let client: AWSClient

    init(configuration: AWSConfiguration) { client = AWSClient(.lambda, configuration: configuration) }

    struct Configuration: Decodable, Sendable {
        struct EnvironmentDocument: Decodable, Sendable {
            let Variables: [String: String]?
        }
        struct Logging: Decodable, Sendable {
            let LogGroup: String?
        }
        let FunctionName: String?
        let Runtime: String?
        let Handler: String?
        /// In seconds.
        let Timeout: Int?
        /// In MB.
        let MemorySize: Int?
        /// Pending, Active, Inactive or Failed.
        let State: String?
        let StateReason: String?
        /// Successful, Failed or InProgress.
        let LastUpdateStatus: String?
        let LastUpdateStatusReason: String?
        let Environment: EnvironmentDocument?
        let LoggingConfig: Logging?
    }

    struct EventSource: Decodable, Sendable {
        let UUID: String?
        let EventSourceArn: String?
        /// Enabled, Disabled, Creating and so on.
        let State: String?
        /// `No records processed`, `OK`, `PROBLEM: …`.
        let LastProcessingResult: String?
    }

    /// - Throws: code `ResourceNotFoundException` where there is no such function.
    func configuration(of name: String) async throws(AWSError) -> Configuration {
        try await get("GetFunctionConfiguration", ["2015-03-31", "functions", name, "configuration"])
    }

    func eventSources(of name: String) async throws(AWSError) -> [EventSource] {
        struct Answer: Decodable {
            let EventSourceMappings: [EventSource]?
        }
        // The slash at the end is part of the operation's path.
        let answer: Answer = try await get(
            "ListEventSourceMappings", ["2015-03-31", "event-source-mappings", ""], [("FunctionName", name)])
        return answer.EventSourceMappings ?? []
    }

    private func get<Output: Decodable>(
        _ operation: String, _ path: [String], _ query: [(name: String, value: String)] = []
    ) async throws(AWSError) -> Output {
        let response = try await client.send(
            AWSRequest(
                operation: operation, method: "GET", path: path, query: query, isIdempotent: true))
        return try client.decode(response, of: operation)
    }
}

/// A client of Amazon CloudWatch Logs (API version 2014-03-28).
struct Logs: Sendable {
    private let client: AWSClient

    init(configuration: AWSConfiguration) { client = AWSClient(.logs, configuration: configuration) }

    struct Event: Decodable, Sendable {
        /// Milliseconds since 1970.
        let timestamp: Int64?
        let message: String?
    }

    /// What errors are known by: our own lines, and what Lambda writes of time-outs and crashes, as text and as JSON.
    private static let signs = ["ERROR", "FATAL", "timed out", #""timeout""#, "Runtime.ExitError"]
    private static let mostPages = 20

    /// Lines of a log group that tell of errors, in order of time, and whether that is all.
    ///
    /// A page may be empty and others come after it (CloudWatch Logs API Reference, "FilterLogEvents").
    ///
    /// - Parameter start: milliseconds since 1970.
    /// - Throws: code `ResourceNotFoundException` where there is no such group.
    func errors(in group: String, since start: Int64) async throws(AWSError) -> (events: [Event], isAll: Bool)
    {
        struct Input: Encodable {
            let logGroupName: String
            let filterPattern: String
            let startTime: Int64
            let nextToken: String?
        }
        struct Output: Decodable {
            let events: [Event]?
            let nextToken: String?
        }
        let pattern = Self.signs.map { "?\"\($0.replacing(text: "\"", with: "\\\""))\"" }.joined(
            separator: " ")
        var found: [Event] = []
        var token: String?
        for _ in 0..<Self.mostPages {
            let output: Output = try await client.call(
                "FilterLogEvents", target: "Logs_20140328.FilterLogEvents", version: "1.1",
                Input(logGroupName: group, filterPattern: pattern, startTime: start, nextToken: token))
            found += (output.events ?? []).filter { event in
                Self.signs.contains { event.message?.contains(text: $0) == true }
            }
            token = output.nextToken
            if token == nil { return (found, true) }
        }
        return (found, false)
    }
}

extension AWSService {
    fileprivate static let lambda = AWSService(
        name: "Lambda", signingName: "lambda", endpointPrefix: "lambda", environmentSuffix: "LAMBDA")
    fileprivate static let logs = AWSService(
        name: "Logs", signingName: "logs", endpointPrefix: "logs",
        environmentSuffix: "CLOUDWATCH_LOGS")
}
