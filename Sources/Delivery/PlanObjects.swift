/// The objects of a plan under construction: shards, and rows that are set aside.
struct PlanObjects: ~Copyable {
    /// A shard that is complete.
    struct Shard: Sendable {
        var bytes: [UInt8]
        var recipients: Int
        /// Of all its recipients.
        var departure: Int
    }

    /// What is complete.
    struct Output: Sendable {
        var shards: [Shard] = []
        var setAside: [[UInt8]] = []
    }

    private let shardSize: Int
    private(set) var recipients = 0
    /// By the position of their departure.
    private var open: [OpenShard] = [OpenShard()]
    /// What the open shards hold together.
    private var openBytes = 0
    /// Where there is a shard open for each of many departures, the fullest is closed early rather than held in memory.
    private let mostOpenBytes: Int
    private var setAside = LineBuffer()
    private static let setAsideBytes = 256 << 10
    private var output = Output()

    /// - Parameters:
    ///   - shardSize: recipients a shard.
    ///   - mostOpenBytes: what shards of several departures may hold together before they are complete.
    init(shardSize: Int, mostOpenBytes: Int = 64 << 20) {
        self.shardSize = shardSize
        self.mostOpenBytes = mostOpenBytes
    }

    /// Adds a recipient.
    ///
    /// - Parameters:
    ///   - line: a ``PlannedRecipient`` in JSON, with its line break.
    ///   - departure: a shard holds recipients of one alone.
    mutating func append(_ line: UnsafeRawBufferPointer, departure: Int = 0) {
        recipients += 1
        while open.count <= departure { open.append(OpenShard()) }
        let shard = open[departure]
        shard.lines.append(line)
        shard.recipients += 1
        openBytes += line.count
        if shard.recipients == shardSize { close(departure) }
        if openBytes > mostOpenBytes, open.count > 1,
            let fullest = open.indices.max(by: { open[$0].lines.count < open[$1].lines.count })
        {
            close(fullest)
        }
    }

    /// Sets a row aside.
    ///
    /// - Parameter line: a ``SetAsideRow`` in JSON, with its line break.
    mutating func setAside(_ line: UnsafeRawBufferPointer) {
        setAside.append(line)
        closeSetAsideIfFull()
    }

    /// Sets a row aside.
    ///
    /// - Parameter address: a literal of JSON, with its quotes.
    mutating func setAside(
        line: Int, address: UnsafeRawBufferPointer, _ outcome: StaticString, _ reason: String
    ) {
        setAside.append("{\"line\":")
        setAside.append(decimal: line)
        setAside.append(",\"address\":")
        setAside.append(address)
        setAside.append(",\"outcome\":\"")
        setAside.append(outcome)
        setAside.append("\",\"reason\":")
        setAside.append(literal: reason)
        setAside.append("}\n")
        closeSetAsideIfFull()
    }

    /// Gives away what is complete.
    mutating func take() -> Output {
        defer { output = Output() }
        return output
    }

    /// Gives away all that is left.
    mutating func finish() -> Output {
        for departure in open.indices where open[departure].recipients > 0 { close(departure) }
        if setAside.count > 0 { output.setAside.append(setAside.take()) }
        return take()
    }

    private mutating func close(_ departure: Int) {
        let shard = open[departure]
        openBytes -= shard.lines.count
        output.shards.append(
            Shard(bytes: shard.lines.take(), recipients: shard.recipients, departure: departure))
        shard.recipients = 0
        // One buffer serves for one shard after the other; many would hold on to memory that is seldom used.
        if open.count > 1 { open[departure] = OpenShard() }
    }

    private mutating func closeSetAsideIfFull() {
        if setAside.count >= Self.setAsideBytes { output.setAside.append(setAside.take()) }
    }
}

/// A shard that takes recipients. A class, since arrays hold nothing that cannot be copied.
private final class OpenShard {
    var lines = LineBuffer(capacity: 4 << 10)
    var recipients = 0
}
