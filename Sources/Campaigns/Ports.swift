/// Bytes that arrive piece by piece, at the reader's pace.
package struct ByteStream: Sendable {
    private let pull: @Sendable () async throws -> [UInt8]?

    /// - Parameter next: returns the next piece, or `nil` at the end.
    package init(_ next: @escaping @Sendable () async throws -> [UInt8]?) { pull = next }

    package func next() async throws -> [UInt8]? { try await pull() }
}

/// Campaign files and the plans made of them: objects under keys such as `campaigns/<id>/campaign.json`.
package protocol CampaignLibrary: Sendable {
    /// Every campaign that has a campaign.json, in order of name, with that file's version.
    func campaigns() async throws -> [(id: CampaignID, version: String)]
    /// A whole object. Throws a ``Problem`` of kind `notFound` where there is none, `invalidInput` above the limit.
    func read(_ key: String, maximumBytes: Int) async throws -> LibraryObject
    /// An object piece by piece; all pieces are of one version.
    func open(_ key: String) async throws -> ByteStream
    /// Writes a whole object: no reader ever sees a part of it. It is sure to stay once ``flush()`` has returned.
    func write(_ bytes: [UInt8], to key: String) async throws
    /// Returns when everything written so far would outlive a power failure.
    func flush() async throws
    /// Deletes objects; one that does not exist is no error.
    func delete(_ keys: [String]) async throws
}

extension CampaignLibrary {
    /// For stores such as S3, where what is written is safe at once.
    package func flush() async throws {}
}

/// A whole object of the library.
package struct LibraryObject: Sendable {
    package var bytes: [UInt8]
    /// Changes whenever the object does (an ETag).
    package var version: String
    package init(bytes: [UInt8], version: String) {
        self.bytes = bytes
        self.version = version
    }
}

/// Runs, batches and schedules: the one place where state is kept.
package protocol Ledger: Sendable {
    func run(_ id: RunID) async throws -> Run?
    /// All runs of a campaign, or of all, newest first.
    func runs(of campaign: CampaignID?) async throws -> [Run]
    /// Records a run unless one of that identity exists; returns the recorded one, and whether it is this one.
    func create(_ run: Run) async throws -> (run: Run, isNew: Bool)
    func markEnqueued(_ id: RunID) async throws
    /// Who may work on a run: what senders ask every few seconds. `nil` if there is no such run.
    func control(of id: RunID) async throws -> RunControl?
    /// Changes who may work on a run, where ``RunControl/allows(_:)`` lets that be.
    ///
    /// - Returns: the control that stands now: `control`, or the one that does not give way to it.
    @discardableResult
    func setControl(_ control: RunControl, of id: RunID) async throws -> RunControl
    /// What is left to do of a run: a message for each shard that is not settled to its end.
    func unfinishedShards(of run: Run) async throws -> [ShardMessage]

    /// Claims a batch: one conditional write. Claiming again after a lost answer is a success.
    ///
    /// - Parameter worker: names one sender; two that work at the same time must not share a name, in one process neither:
    ///   a claim of one's own name is taken for one's own.
    func claim(_ batch: BatchID, worker: String, now: Timestamp, lease: Duration) async throws -> ClaimResult
    /// Adds results to a claimed batch and to the run's counters, in one transaction. A recipient that was confirmed
    /// meanwhile keeps that result, and is not counted again.
    ///
    /// - Parameters:
    ///   - results: the results of this attempt only.
    ///   - isComplete: whether every recipient of the batch now has a result; else it may be claimed again for the rest.
    /// - Returns: `false`, with nothing changed, if the claim is no longer held.
    ///   - now: when the results are recorded.
    func settle(
        _ claim: Claim, results: [RecipientResult], isComplete: Bool, now: Timestamp
    ) async throws -> Bool
    /// The number of the first batch of its shard, from this one on, of which not every recipient has an outcome; the shard
    /// may have ended before. A look over all that others have sent, which costs far less than claims that fail.
    func firstUnsettled(from batch: BatchID) async throws -> Int
    /// The results of a batch so far.
    func results(of batch: BatchID) async throws -> [RecipientResult]
    /// The results of a shard so far, in order.
    func results(ofShard shard: Int, of run: RunID) async throws -> [ShardResult]

    /// Batches whose holders have died, or whose leases are over, before they had settled.
    func abandonedBatches(of run: RunID, now: Timestamp) async throws -> [BatchID]

    /// The recipients of a run that are uncertain and have not been dropped, in order.
    func uncertainRecipients(of run: RunID) async throws -> [UncertainRecipient]
    /// Records what a person has decided about uncertain recipients of a batch, and counts it, in one transaction. Of two
    /// who decide at once about the same recipient one resolves it.
    func resolve(
        _ indices: Set<Int>, of batch: BatchID, as resolution: Resolution, now: Timestamp
    ) async throws -> ResolutionAnswer
    /// Records that the mail service tells of recipients' mails that it has accepted them, and counts them, in one
    /// transaction a batch at most. The news may come before a batch is settled, in any order, and more than once; what is
    /// known already costs a read.
    ///
    /// - Parameter messageIDs: the mail service's ids of the mails, by batch and position within it.
    /// - Returns: what that has changed, for each of them.
    func confirm(
        _ messageIDs: [BatchID: [Int: String]], now: Timestamp
    ) async throws -> [BatchID: [Int: ConfirmationAnswer]]

    /// Counts what the mail service tells of recipients of a shard, each kind once for a recipient: in one write, or none
    /// where all was counted before. The run must exist.
    func count(_ events: [RecipientEvent], inShard shard: Int, of run: RunID, now: Timestamp) async throws
    /// What the mail service has told of the mails of a run.
    func feedback(of run: RunID) async throws -> RunFeedback
    /// What it has told of each recipient of a shard.
    func feedback(ofShard shard: Int, of run: RunID) async throws -> ShardFeedback
    /// Keeps a finding unless one of its rate stands, and pauses the run if it is running, in one step. What a person has
    /// overridden in the meantime is no finding any more, and changes nothing.
    ///
    /// - Returns: the run's control and findings as they stand now.
    func record(_ finding: RateFinding, of id: RunID) async throws -> (
        control: RunControl, findings: [RateFinding]
    )
    /// Records what a person has decided about the findings that stand.
    func override(_ overrides: [WatchedRate: RateFinding.Override], of id: RunID) async throws

    /// What a person has approved of a campaign.
    func approval(of campaign: CampaignID) async throws -> Approval?
    /// Records an approval in the place of an earlier one.
    func approve(_ approval: Approval) async throws
    /// Forgets what was approved of a campaign.
    ///
    /// - Returns: whether there was an approval.
    @discardableResult
    func revokeApproval(of campaign: CampaignID) async throws -> Bool

    func schedule(of campaign: CampaignID) async throws -> ScheduleRecord?
    func put(_ record: ScheduleRecord) async throws

    /// The runs that have follow-ups to come, in any order.
    func followUps() async throws -> [FollowUpRecord]
    func put(_ record: FollowUpRecord) async throws
    /// Forgets that a run has follow-ups to come, if it has.
    func removeFollowUps(of run: RunID) async throws
}

extension Ledger {
    /// As ``confirm(_:now:)``, of one recipient.
    package func confirm(
        _ index: Int, of batch: BatchID, messageID: String, now: Timestamp
    ) async throws -> ConfirmationAnswer {
        try await confirm([batch: [index: messageID]], now: now)[batch]?[index] ?? .unknown
    }
}

/// Shards on their way to senders. A message may arrive twice, late, or out of order.
package protocol ShardQueue: Sendable {
    func send(_ messages: [ShardMessage], delay: Duration) async throws
    /// Takes up to `maximum` messages, which stay invisible to others for `visibility`.
    ///
    /// - Parameter wait: for how long to wait for a message where there is none, nearly; 20 seconds at most.
    func receive(maximum: Int, visibility: Duration, wait: Duration) async throws -> [ReceivedShard]
    func delete(_ received: ReceivedShard) async throws
    func changeVisibility(of received: ReceivedShard, to visibility: Duration) async throws
    /// Messages waiting or in hand; approximate on SQS.
    func count() async throws -> Int
    /// Forgets the messages of a run that is over, where the queue can pick them out; elsewhere senders drop them one by one.
    /// A run that is to send again by now, and whose messages are new, keeps them.
    func discard(_ run: RunID) async throws
    /// Messages that were received again and again and never deleted, and so were put aside.
    func deadLetters() async throws -> DeadLetters
    /// Forgets the dead letters of a run: what they stood for is in the queue anew.
    func discardDeadLetters(of run: RunID) async throws
}

extension ShardQueue {
    /// As ``receive(maximum:visibility:wait:)``, without waiting.
    package func receive(maximum: Int, visibility: Duration) async throws -> [ReceivedShard] {
        try await receive(maximum: maximum, visibility: visibility, wait: .zero)
    }

    package func discard(_ run: RunID) async throws {}
}

/// Messages that a queue has put aside.
package struct DeadLetters: Sendable, Hashable {
    /// How many there are; approximate on SQS.
    package var count = 0
    /// As many as could be looked at.
    package var seen: [Letter] = []

    package init(count: Int = 0, seen: [Letter] = []) {
        self.count = count
        self.seen = seen
    }

    package struct Letter: Sendable, Hashable {
        /// `nil` if it is no shard: somebody else has written to the queue.
        package let message: ShardMessage?
        package let receiveCount: Int

        package init(message: ShardMessage?, receiveCount: Int) {
            self.message = message
            self.receiveCount = receiveCount
        }
    }
}

/// A message in hand.
package struct ReceivedShard: Sendable, Hashable {
    package let message: ShardMessage
    package let receipt: String
    /// How often it has been received, this time included.
    package let receiveCount: Int

    package init(message: ShardMessage, receipt: String, receiveCount: Int) {
        self.message = message
        self.receipt = receipt
        self.receiveCount = receiveCount
    }
}

/// Hands a mail to whoever delivers it.
package protocol Mailer: Sendable {
    func send(_ mail: OutgoingMail) async -> MailerOutcome
}

/// What the mail service knows of the account: quota and its own suppression list.
package protocol SendingAccount: Sendable {
    func quota() async throws -> SendingQuota
    /// The account's suppression list, page by page.
    func suppressed(_ page: ([SuppressionEntry]) async throws -> Void) async throws
    /// A sending identity, `nil` if the account has none of that name.
    func identity(_ name: String) async throws -> SendingIdentity?
}

/// Our own suppression list: unsubscribes, complaints and hard bounces of all Regions.
package protocol SuppressionList: Sendable {
    /// The whole list, page by page.
    func entries(_ page: ([SuppressionEntry]) async throws -> Void) async throws
    /// Those of at most 100 addresses (in comparison form) that are listed.
    func lookUp(_ addresses: [String]) async throws -> [String: SuppressionEntry]
    func add(_ entry: SuppressionEntry) async throws
    /// Takes an address off the list, and forgets its transient bounces.
    func remove(_ address: String) async throws
    /// Forgets its transient bounces, and leaves its entry as it is.
    func forgetTransientBounces(of address: String) async throws
    /// Changes what is listed of an address, if that is still as it was when it was looked up: nothing that others write
    /// meanwhile is lost.
    ///
    /// - Parameters:
    ///   - old: what was found; `nil` if the address was not listed.
    ///   - new: what is to stand there; `nil` takes the address off the list.
    /// - Returns: whether `new` stands there now; `false` where something else does.
    func change(
        _ address: String, from old: SuppressionEntry?, to new: SuppressionEntry?
    ) async throws -> Bool
    /// Notes that a mail of a run to an address has bounced, and may not have another time: once for each run.
    ///
    /// - Parameters:
    ///   - moment: when it bounced.
    ///   - memory: how long that is remembered.
    /// - Returns: in how many runs that happened within one time of `memory` that `moment` lies in, this one included. Bounces
    ///   are told in any order, so that this one may not be the last.
    func noteTransientBounce(
        of address: String, in run: RunID, at moment: Timestamp, memory: Duration
    ) async throws -> Int
    /// Changes the entries of several addresses, each by itself as ``change(_:from:to:)`` does, at less cost than one by one.
    ///
    /// - Parameter changes: of addresses that all differ.
    /// - Returns: for each, in order, whether its `new` stands there now.
    func change(_ changes: [SuppressionChange]) async throws -> [Bool]
}

extension SuppressionList {
    package func change(_ changes: [SuppressionChange]) async throws -> [Bool] {
        var made: [Bool] = []
        for each in changes { made.append(try await change(each.address, from: each.old, to: each.new)) }
        return made
    }
}

/// A mail service's own suppression list in one Region, which can be added to (SES API v2: PutSuppressedDestination).
package protocol AccountSuppressionList: Sendable {
    /// Lists an address, as a bounce or as a complaint. One that is listed already takes the new reason and time.
    func suppress(_ address: String, asComplaint: Bool) async throws
}

/// Spreads sending over time.
package protocol Pacer: Sendable {
    /// Asks to send mails as soon as the account and the campaign may.
    func reserve(_ request: PaceRequest) async throws -> PaceReservation
    /// Whether a reservation would be put off, as far as one look tells; `nil` if it may be granted.
    func wait(for request: PaceRequest) async throws -> (delay: Duration, limit: PaceLimit)?
    /// Whether what was granted may still be used: after a throttling it may not.
    func isCurrent(_ grant: PaceGrant) async -> Bool
    /// Frees what will not be used.
    func giveBack(_ grant: PaceGrant) async
    /// Tells that the service throttled: all senders go slower, or wait for the quota.
    func throttled(_ limit: PaceLimit) async
}

/// Keeps the pace of an account in a Region, for all its senders.
package protocol PaceStore: Sendable {
    func read() async throws -> PaceState
    /// Changes the state in one step that no other change comes between. What is left as it was costs no write.
    ///
    /// - Parameters:
    ///   - isRepeatable: whether the change does no harm if it is made twice. One that does is left as it is where nobody
    ///     knows whether it was made.
    ///   - body: may be called several times; its last answer counts.
    func change<Answer: Sendable>(
        isRepeatable: Bool, _ body: @escaping @Sendable (inout PaceState) -> Answer
    ) async throws -> Answer
}

extension PaceStore {
    /// Changes the state in one step, by a change that does no harm if it is made twice.
    package func change<Answer: Sendable>(
        _ body: @escaping @Sendable (inout PaceState) -> Answer
    ) async throws -> Answer {
        try await change(isRepeatable: true, body)
    }
}

/// The time of day, and the zones it is told in.
package protocol WallClock: Sendable {
    func now() -> Timestamp
    /// The rules of an IANA time zone. Throws a ``Problem`` for a zone that does not exist.
    func zone(named name: String) throws -> TimeZoneRules
    func sleep(for duration: Duration) async throws
}
