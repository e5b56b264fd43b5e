internal import Campaigns

/// Schedules that are moved although the run of their former time is planned.
///
/// Where recipients have time zones of their own that is so for up to 22 hours before the run's time, and until the last
/// zone's has come. The run goes on as it was planned; one of the new time beside it would mail everybody twice.
extension Scheduler {
    /// Makes sure that the last run is none of a time which the schedule does not have any more, and that is still to come or
    /// was so when the new time came.
    ///
    /// The next occurrence of a `cron(...)` may come while the last zones of the one before wait: both are the schedule's.
    /// - Throws: a ``Problem`` of kind `refused` that names the run.
    func requireUnmoved(_ schedule: Schedule, state: Timing, now: Timestamp) async throws {
        guard let record = state.record, let last = record.last,
            let moment = Timestamp(iso8601: last.rawValue)
        else {
            return
        }
        let zone = try environment.clock.zone(named: schedule.timeZone)
        let next = try schedule.next(
            after: moment - .milliseconds(1), zone: zone, registeredAt: record.registeredAt)
        guard next != moment,
            let run = try await environment.ledger.run(RunID(campaign: record.campaign, occurrence: last)),
            !run.isCancelled, let end = run.departures?.moments.last?.at
        else { return }
        let file = CampaignDraft.metadataKey(of: record.campaign)
        if !run.isFinished, let waiting = run.departures?.waiting(at: now) {
            throw Problem(
                .refused, file: file, key: "$.schedule",
                "the schedule was moved after run \(run.id) was planned, and \(waiting.recipients)"
                    + " recipients of it still wait, until \(waiting.last): nobody is mailed twice",
                remedy: "Cancel it first with jada-blast cancel \(run.id), or set the time back")
        }
        // One that is too late is told so.
        if let due = state.due, !schedule.isTooLate(due, at: now, zone: zone), let dueSince = state.dueSince,
            dueSince < end
        {
            throw Problem(
                .refused, file: file, key: "$.schedule",
                "the schedule was moved after run \(run.id) was planned, which has gone to its last recipients"
                    + " at \(end), after the new time had come: nobody is mailed twice",
                remedy: "Set the time back, or send to all once more with jada-blast invoke"
                    + " \(record.campaign) --again")
        }
    }
}
