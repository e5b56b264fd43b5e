package import AWS
package import Campaigns
internal import CloudAdapters
package import Deliverability

/// Looks at a Lambda function of the API path: how it is configured, what calls it, and what it last complained of.
///
/// What the credentials may not see is a finding of severity `unknown` that names the IAM action; nothing here throws.
package struct FunctionAudit: Sendable {
    /// Lambda runtime lifecycle: provided.al2 gets no more updates since 2026-08-31.
    private static let runtimes: [String: Severity] = ["provided.al2023": .healthy, "provided.al2": .warning]
    private static let longestEvidence = 300
    private static let memory = Duration.seconds(86_400)

    private let functions: Functions
    private let logs: Logs
    private let queues: Queues
    private let region: String
    private let now: Timestamp
    private let wrongSettings: @Sendable ([String: String]) -> [String]

    /// - Parameter wrongSettings: says what is wrong with a function's environment.
    package init(
        aws: AWSConfiguration, now: Timestamp,
        wrongSettings: @escaping @Sendable ([String: String]) -> [String]
    ) {
        functions = Functions(configuration: aws)
        logs = Logs(configuration: aws)
        queues = Queues(configuration: aws)
        region = aws.region
        self.now = now
        self.wrongSettings = wrongSettings
    }

    /// - Parameter isExpected: whether somebody has named it; else there may be none, where a daemon does the work.
    package func findings(on name: String, isExpected: Bool = true) async -> [Finding] {
        let configuration: Functions.Configuration
        do throws(AWSError) {
            configuration = try await functions.configuration(of: name)
        } catch {
            if error.code == "ResourceNotFoundException" {
                return [
                    found(
                        isExpected ? .broken : .unknown, "There is no function \(name) in \(region)", [],
                        remedy:
                            "Deploy the stack, or name the Region that it is in with AWS_REGION; where a daemon does the work, give --skip function",
                        fix: ["sam build && sam deploy --guided"])
                ]
            }
            return [unseen("The function \(name)", error, .function(name))]
        }
        async let sources = sources(of: name, configuration)
        async let errors = errors(of: name, configuration)
        return [
            state(of: name, configuration), runtime(of: name, configuration),
            settings(of: name, configuration),
        ]
            + (await sources) + (await errors)
    }

    private func state(of name: String, _ configuration: Functions.Configuration) -> Finding {
        let state = configuration.State ?? "Active"
        let update = configuration.LastUpdateStatus ?? "Successful"
        let seen =
            [
                "State: \(state), LastUpdateStatus: \(update), Timeout: \(configuration.Timeout ?? 0) s, "
                    + "MemorySize: \(configuration.MemorySize ?? 0) MB"
            ]
            + [configuration.StateReason, configuration.LastUpdateStatusReason].compactMap { $0 }
        if state == "Failed" || update == "Failed" {
            return found(
                .broken, "The function \(name) is \(state), and its last update \(update)", seen,
                remedy: "Deploy it again", fix: ["sam build && sam deploy"])
        }
        if state == "Pending" || update == "InProgress" {
            return found(
                .warning, "The function \(name) is being changed", seen, remedy: "Look again in a minute")
        }
        return found(.healthy, "The function \(name) is in service", seen)
    }

    private func runtime(of name: String, _ configuration: Functions.Configuration) -> Finding {
        let runtime = configuration.Runtime ?? "none (a container image)"
        let seen = ["Runtime: \(runtime), Handler: \(configuration.Handler ?? "none")"]
        let next = "Deploy the stack with Runtime=provided.al2023"
        switch configuration.Runtime.flatMap({ Self.runtimes[$0] }) {
        case .healthy: return found(.healthy, "The function \(name) runs on \(runtime)", seen)
        case .warning:
            return found(
                .warning,
                "The function \(name) runs on \(runtime), which AWS updates no more since 2026-08-31", seen,
                remedy: next, fix: ["sam deploy --parameter-overrides Runtime=provided.al2023"])
        default:
            return found(
                .warning,
                "The function \(name) runs on \(runtime), which is not jada-blast's: it may be an older program",
                seen, remedy: next)
        }
    }

    private func settings(of name: String, _ configuration: Functions.Configuration) -> Finding {
        let variables = configuration.Environment?.Variables ?? [:]
        let wrong = wrongSettings(variables)
        // Values may be secrets.
        let seen = [variables.isEmpty ? "no variables" : variables.keys.sorted().joined(separator: ", ")]
        guard wrong.isEmpty else {
            return found(
                .broken, "The environment of the function \(name) is wrong", wrong,
                remedy: "Set it as the stack's template does", fix: ["sam build && sam deploy"])
        }
        return found(.healthy, "The environment of the function \(name) is complete", seen)
    }

    // MARK: - What calls it

    private func sources(of name: String, _ configuration: Functions.Configuration) async -> [Finding] {
        let sources: [Functions.EventSource]
        do throws(AWSError) {
            sources = try await functions.eventSources(of: name)
        } catch {
            return [unseen("What calls the function \(name)", error, .function(name))]
        }
        var findings: [Finding] = []
        for source in sources {
            let arn = source.EventSourceArn ?? "an event source"
            let seen = [
                "\(arn): \(source.State ?? "no state"), \(source.LastProcessingResult ?? "no result yet")"
            ]
            if source.State == "Disabled" || source.State == "Disabling" {
                findings.append(
                    found(
                        .broken, "The function \(name) is not called for what comes to \(arn)", seen,
                        remedy: "Switch the event source mapping on",
                        fix: [
                            "aws lambda update-event-source-mapping --uuid \(source.UUID ?? "UUID") --enabled --region \(region)"
                        ]))
            } else if let result = source.LastProcessingResult, result.hasPrefix("PROBLEM") {
                findings.append(
                    found(
                        .warning, "The function \(name) was last called in vain for \(arn)", seen,
                        remedy: "Look into its log",
                        fix: [
                            "aws logs tail \(logGroup(of: name, configuration)) --since 1d --region \(region)"
                        ]))
            }
            findings += await visibility(of: arn, name, configuration)
        }
        return findings
    }

    /// A message that becomes visible while it is worked on is worked on twice (Lambda Developer Guide, "Using Lambda with
    /// Amazon SQS").
    private func visibility(
        of arn: String, _ name: String, _ configuration: Functions.Configuration
    ) async -> [Finding] {
        let parts = arn.split(separator: ":")
        guard parts.count == 6, parts[2] == "sqs", let timeout = configuration.Timeout else { return [] }
        let queue = String(parts[5])
        do throws(AWSError) {
            guard let visible = try await queues.visibilityTimeout(of: queue, account: String(parts[4]))
            else { return [] }
            let seen = ["VisibilityTimeout of \(queue): \(visible) s, Timeout of \(name): \(timeout) s"]
            guard visible < timeout * 6 else {
                return [
                    found(
                        .healthy, "The queue \(queue) hides a message for as long as \(name) may need it",
                        seen)
                ]
            }
            return [
                found(
                    visible < timeout ? .broken : .warning,
                    "The queue \(queue) shows a message again after \(visible) s, and \(name) may take \(timeout) s for it",
                    seen, remedy: "Let it be hidden for six times the function's timeout",
                    fix: [
                        "aws sqs set-queue-attributes --queue-url $(aws sqs get-queue-url --queue-name \(queue) --query QueueUrl "
                            + "--output text) --attributes VisibilityTimeout=\(timeout * 6)"
                    ])
            ]
        } catch {
            return [unseen("The queue \(queue)", error, .queue(queue))]
        }
    }

    // MARK: - What it complained of

    private func errors(of name: String, _ configuration: Functions.Configuration) async -> [Finding] {
        let group = logGroup(of: name, configuration)
        do throws(AWSError) {
            let (events, isAll) = try await logs.errors(in: group, since: (now - Self.memory).milliseconds)
            guard let last = events.max(by: { ($0.timestamp ?? 0) < ($1.timestamp ?? 0) }) else {
                guard isAll else {
                    return [
                        found(
                            .unknown,
                            "Whether the function \(name) has logged errors in a day is not known: its log is long",
                            ["log group \(group)"], remedy: "Look for them there",
                            fix: [
                                "aws logs tail \(group) --since 1d --filter-pattern ERROR --region \(region)"
                            ])
                    ]
                }
                return [
                    found(
                        .healthy, "The function \(name) has logged no error in a day", ["log group \(group)"])
                ]
            }
            let moment = last.timestamp.map { "\(Timestamp(milliseconds: $0))" } ?? ""
            let words = String((last.message ?? "").prefix(Self.longestEvidence))
            return [
                found(
                    .warning,
                    "The function \(name) has logged \(isAll ? "" : "at least ")\(events.count) errors in a day, the last at \(moment)",
                    [words], remedy: "Read what it says there",
                    fix: ["aws logs tail \(group) --since 1d --filter-pattern ERROR --region \(region)"])
            ]
        } catch {
            // It makes its log group when it is first called, where the stack does not.
            if error.code == "ResourceNotFoundException" { return [] }
            return [unseen("The log of the function \(name)", error, .logs(group))]
        }
    }

    private func logGroup(of name: String, _ configuration: Functions.Configuration) -> String {
        configuration.LoggingConfig?.LogGroup ?? "/aws/lambda/\(name)"
    }

    // MARK: - Telling

    private func found(
        _ severity: Severity, _ title: String, _ evidence: [String], remedy: String? = nil, fix: [String] = []
    ) -> Finding {
        Finding(
            "function", severity, layer: .worker, paths: [.api], region: region, title, evidence: evidence,
            remedy: remedy, fix: fix)
    }

    private func unseen(_ what: String, _ error: AWSError, _ resource: CloudResource) -> Finding {
        let problem = error.problem(with: resource)
        return found(.unknown, "\(what) could not be looked at", [problem.message], remedy: problem.remedy)
    }
}
