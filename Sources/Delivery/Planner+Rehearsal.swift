package import Campaigns
internal import JSON

/// What a plan would come to, with nothing written.
extension Planner {
    /// What a plan would hold, with nothing written: all that ``plan(_:)`` refuses is refused here.
    ///
    /// All but the lack of an approval, which only ``requireApproval(of:files:areAll:)`` tells.
    package func rehearse(_ draft: CampaignDraft) async throws -> Rehearsal {
        let zones = try zonesOfNextOccurrence(of: draft, isInTime: false)
        let result = try await pass(over: draft, zones: zones) { _, _, _ in }
        return Rehearsal(
            counts: result.counts, rows: result.rows, recipients: result.recipients,
            departures: result.departures, unknownZones: result.unknownZones, files: result.files)
    }

    /// When the recipients of the schedule's next occurrence would be sent to; `nil` if all would be at once.
    ///
    /// - Parameter isInTime: whether to leave aside that it may be too late for some of them already.
    private func zonesOfNextOccurrence(
        of draft: CampaignDraft, isInTime: Bool
    ) throws -> RecipientZones? {
        guard let schedule = draft.campaign.schedule else { return nil }
        let now = environment.clock.now()
        // Without one to come the names in the column are looked up all the same.
        let next = try schedule.next(after: now, zone: draft.zone, registeredAt: now) ?? now
        let begins = schedule.span(of: next, zone: draft.zone).lowerBound
        return try RecipientZones(
            schedule, occurrence: next, plannedAt: isInTime ? begins : max(now, begins),
            clock: environment.clock)
    }

    /// What a plan would hold.
    package struct Rehearsal: Sendable {
        package let counts: OutcomeCounts
        package let rows: Int
        package let recipients: Int
        /// When they are sent to, in order of time; empty if all are at once.
        package let departures: [ZoneGroup]
        /// Names of time zones that there are not, each at the first of the rows that are set aside for it.
        package let unknownZones: [(problem: Problem, rows: Int)]
        /// Every file, as it was read; `nil` unless the campaign requires an approval.
        package let files: CampaignFiles?
    }

    /// One row of a campaign's list, as it would be sent to.
    ///
    /// - Parameter row: counted from 1, the header left out.
    /// - Throws: a ``Problem`` if there is no such row or its address is invalid.
    package func recipient(row: Int, of draft: CampaignDraft) async throws -> (
        recipient: PlannedRecipient, variables: [String], departure: ZoneGroup?
    ) {
        let campaign = draft.campaign
        let key = CampaignDraft.folder(of: campaign.id) + campaign.recipients
        let leftOut = LeftOut()
        var checker = RowChecker(
            file: key, campaign: campaign, needs: draft.needs, key: leftOut.key,
            parser: AddressParser(encoder: environment.addresses),
            zones: try zonesOfNextOccurrence(of: draft, isInTime: true))
        var sieve = RecipientSieve(file: key, campaign: campaign, shardSize: 1, leftOut: leftOut)
        var list = try await ListReader(key, in: environment.library)
        var seen = -1
        while try await list.readOn(record: { record in
            seen += 1
            if seen == 0 || seen == row { try checker.take(record) }
        }), seen < row {}
        let variables = checker.variables
        guard row >= 1, row <= seen else {
            throw Problem(
                .notFound, file: key, "there is no row \(row); the list has \(max(seen, 0))",
                remedy: "Choose another row")
        }
        guard let line = sieve.take(checker.takeRows(), variables: variables).shards.first else {
            let reason = try sieve.finish().setAside.first.map {
                ": " + (try JSONDecoder().decode(SetAsideRow.self, from: $0).reason)
            }
            throw Problem(
                .invalidInput, file: key,
                "row \(row) is not valid, and nobody would be mailed" + (reason ?? ""),
                remedy: "Choose another row")
        }
        return (
            try JSONDecoder().decode(PlannedRecipient.self, from: line.bytes), variables,
            checker.zones?.groups(of: [.init(recipients: 1, departure: line.departure)]).first
        )
    }
}
