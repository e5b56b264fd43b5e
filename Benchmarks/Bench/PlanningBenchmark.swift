internal import Campaigns

/// Plans the campaign `bench`: its list from disk, shards to disk.
enum PlanningBenchmark {
    /// - Parameter folder: see ``LocalCampaign``.
    static func run(folder: String) async throws {
        let measurement = Measurement()
        let run = try await LocalCampaign(folder: folder).plan()
        measurement.report([
            "rows": Double(run.rows), "recipients": Double(run.recipients),
            "duplicate": Double(run.atPlan.duplicate), "invalid": Double(run.atPlan.invalid),
        ])
    }
}
