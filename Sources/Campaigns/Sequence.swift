/// A mail that goes out some time after a campaign's first one, to those whom that has reached.
package struct SequenceStep: Sendable, Hashable {
    package var id: StepID
    /// Time from the first run's occurrence; its days are those of the schedule's time zone.
    package var after: CalendarDuration
    /// Whether it goes only to recipients whose first mail was delivered, as the mail service has told; else to all whose mail
    /// it had accepted, if no bounce or complaint is known of them.
    package var requiresDelivery: Bool
    /// The campaign with what the step says in its place; it has no sequence of its own.
    package var campaign: Campaign

    package init(id: StepID, after: CalendarDuration, requiresDelivery: Bool = true, campaign: Campaign) {
        self.id = id
        self.after = after
        self.requiresDelivery = requiresDelivery
        self.campaign = campaign
    }
}

/// Which step a run is, and of which run.
package struct FollowUp: Sendable, Hashable {
    package let step: StepID
    /// The occurrence of the campaign's first run, whose recipients it goes to.
    package let first: Occurrence

    package init(step: StepID, first: Occurrence) {
        self.step = step
        self.first = first
    }

    /// The occurrence of the step's own run, `2026-06-01T17:00:00Z.reminder`: the same however often it is planned. `nil` if
    /// that is longer than an occurrence may be.
    package var occurrence: Occurrence? { Occurrence("\(first).\(step)") }
}

extension Run {
    /// From when a sequence counts: the schedule's moment where the run is named after one, else when it was planned.
    package var startOfSequence: Timestamp { Run.startOfSequence(id.occurrence, plannedAt: plannedAt) }

    package static func startOfSequence(_ occurrence: Occurrence, plannedAt: Timestamp) -> Timestamp {
        Timestamp(iso8601: occurrence.rawValue) ?? plannedAt
    }
}

/// What the scheduler remembers of a run that has follow-ups to come.
package struct FollowUpRecord: Sendable, Hashable {
    package let run: RunID
    /// When the first step is due that has not been dealt with.
    package var next: Timestamp
    /// When the run was last found held or unfinished while a step was due; `nil` if it never was. Lateness counts from then.
    package var heldAt: Timestamp?

    package init(run: RunID, next: Timestamp, heldAt: Timestamp? = nil) {
        self.run = run
        self.next = next
        self.heldAt = heldAt
    }
}
