package import Campaigns
package import Deliverability
package import Handlers
internal import JSON

/// The Lambda `jada-blast-canary`: looks at both mail paths day by day, so that what has failed is known before a mail bounces.
///
/// What it finds is logged, and counted by layer in metrics that alarms watch.
package struct CanaryHandler: EventHandler {
    private let examinations: [Examination]
    private let clock: any WallClock
    private let log: any Log
    private let metric: @Sendable ([UInt8]) -> Void

    /// - Parameter metric: takes a JSON object in CloudWatch's embedded metric format, to be written as a line of its own.
    package init(
        examinations: [Examination], clock: any WallClock, log: any Log,
        metric: @escaping @Sendable ([UInt8]) -> Void
    ) {
        self.examinations = examinations
        self.clock = clock
        self.log = log
        self.metric = metric
    }

    /// - Parameter event: any JSON; a schedule's.
    /// - Returns: `{"severity", "findings": [{"check", "severity", "layer", "region", "title", "evidence", "remedy"}]}`. That something
    ///   is broken is no failure of the function's.
    /// - Throws: a ``Problem`` if the event is no JSON.
    package func handle(_ event: [UInt8], context: EventContext) async throws -> [UInt8] {
        do throws(JSONError) {
            _ = try JSONDecoder().decode(JSONValue.self, from: event)
        } catch {
            throw Problem(
                .invalidInput, file: "event", line: error.line, column: error.column, error.message,
                remedy: "Send any JSON object, such as {}")
        }
        let diagnosis = Diagnosis(await Examination.run(examinations))
        try Task.checkCancellation()
        for finding in diagnosis.findings where finding.severity != .healthy { tell(finding) }
        for line in try metrics(of: diagnosis) { metric(line) }
        log.info("Looked at the mail paths", ("found", diagnosis.summary))
        return try JSONEncoder(sortsKeys: true).encode(Report(diagnosis))
    }

    private func tell(_ finding: Finding) {
        var fields = [("layer", finding.layer.rawValue), ("check", finding.check)]
        if let region = finding.region { fields.append(("region", region)) }
        if !finding.evidence.isEmpty { fields.append(("seen", finding.evidence.joined(separator: "; "))) }
        if let remedy = finding.remedy { fields.append(("remedy", remedy)) }
        log.write(finding.severity == .broken ? .error : .warning, finding.title, fields)
    }

    /// Layers that alarms watch: each is told of at every look, or its alarm would never end.
    private static let watched: Set<Layer> = [.relayCredentials, .ses, .network]

    /// One object a layer. That nothing is broken is told only if all could be looked at: else an alarm would be taken back by
    /// a look that saw nothing.
    ///
    /// Source: Amazon CloudWatch User Guide, "Specification: Embedded metric format".
    private func metrics(of diagnosis: Diagnosis) throws -> [[UInt8]] {
        let layers = Self.watched.union(examinations.map(\.layer) + diagnosis.findings.map(\.layer))
        let isWhole = diagnosis.count(.unknown) == 0
        return try Layer.allCases.filter(layers.contains).map { layer in
            let findings = diagnosis.findings.filter { $0.layer == layer }
            func count(_ severity: Severity) -> Int { findings.count { $0.severity == severity } }
            var counts = ["Warnings": count(.warning), "Unknown": count(.unknown)]
            if isWhole || count(.broken) > 0 { counts["Broken"] = count(.broken) }
            let definition = JSONValue.object([
                "Namespace": .string("jada-blast"),
                "Dimensions": .array([.array([.string("Layer")]), .array([])]),
                "Metrics": .array(
                    counts.keys.sorted().map { .object(["Name": .string($0), "Unit": .string("Count")]) }),
            ])
            let metadata = JSONValue.object([
                "Timestamp": .integer(clock.now().milliseconds), "CloudWatchMetrics": .array([definition]),
            ])
            var members = ["_aws": metadata, "Layer": .string(layer.rawValue)]
            for (name, count) in counts { members[name] = .integer(Int64(count)) }
            return try JSONEncoder(sortsKeys: true).encode(JSONValue.object(members))
        }
    }

    private struct Report: Encodable {
        struct Entry: Encodable {
            var check: String
            var severity: Severity
            var layer: Layer
            var region: String?
            var title: String
            var evidence: [String]
            var remedy: String?
        }
        var severity: Severity
        var findings: [Entry]

        init(_ diagnosis: Diagnosis) {
            severity = diagnosis.severity
            findings = diagnosis.findings.map {
                Entry(
                    check: $0.check, severity: $0.severity, layer: $0.layer, region: $0.region,
                    title: $0.title,
                    evidence: $0.evidence, remedy: $0.remedy)
            }
        }
    }
}
