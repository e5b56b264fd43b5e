/// One part of the mail paths to look at: a domain's DNS, SES in a Region, a function.
package struct Examination: Sendable {
    /// What is looked at, as the beginning of a sentence: `The DNS of example.com`.
    package var subject: String
    /// In the stable word of its findings' ``Finding/check``.
    package var check: String
    package var layer: Layer
    package var paths: [MailPath]
    package var region: String?
    /// How long it may take. Then its task is cancelled, and what it has found by then counts.
    package var limit: Duration
    package var look: @Sendable () async -> [Finding]

    package init(
        _ subject: String, check: String, layer: Layer, paths: [MailPath] = MailPath.allCases,
        region: String? = nil,
        limit: Duration = .seconds(60), look: @escaping @Sendable () async -> [Finding]
    ) {
        self.subject = subject
        self.check = check
        self.layer = layer
        self.paths = paths
        self.region = region
        self.limit = limit
        self.look = look
    }

    /// What it has found.
    package func run() async -> [Finding] {
        await withTaskGroup(of: [Finding]?.self) { group in
            group.addTask { await look() }
            group.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            var isLate = false
            var findings: [Finding] = []
            for await result in group {
                if let result {
                    findings = result
                    break
                }
                // What has cancelled the whole is no matter of time.
                isLate = !Task.isCancelled
                group.cancelAll()
            }
            group.cancelAll()
            guard isLate else { return findings }
            return findings + [
                Finding(
                    check, .unknown, layer: layer, paths: paths, region: region,
                    "\(subject) took more than \(limit.components.seconds) seconds to look at, and is not known in full",
                    remedy: "Try again; look at the network if it lasts")
            ]
        }
    }

    /// Runs all at the same time.
    ///
    /// - Returns: their findings, in the order of the list.
    package static func run(_ examinations: [Examination]) async -> [Finding] {
        await withTaskGroup(of: (Int, [Finding]).self) { group in
            for (number, examination) in examinations.enumerated() {
                group.addTask { (number, await examination.run()) }
            }
            var results: [Int: [Finding]] = [:]
            for await (number, findings) in group { results[number] = findings }
            return examinations.indices.flatMap { results[$0] ?? [] }
        }
    }
}
