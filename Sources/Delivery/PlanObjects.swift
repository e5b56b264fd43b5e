/// The objects of a plan under construction: shards, and rows that are set aside.
struct PlanObjects: ~Copyable {
    /// What is complete.
    struct Output: Sendable {
        var shards: [[UInt8]] = []
        var setAside: [[UInt8]] = []
    }

    private let shardSize: Int
    private(set) var recipients = 0
    private var shard = LineBuffer()
    private var shardCount = 0
    private var setAside = LineBuffer()
    private static let setAsideBytes = 256 << 10
    private var output = Output()

    /// - Parameter shardSize: recipients a shard.
    init(shardSize: Int) { self.shardSize = shardSize }

    /// Adds a recipient.
    ///
    /// - Parameter line: a ``PlannedRecipient`` in JSON, with its line break.
    mutating func append(_ line: UnsafeRawBufferPointer) {
        recipients += 1
        shard.append(line)
        shardCount += 1
        if shardCount == shardSize { closeShard() }
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
        if shardCount > 0 { closeShard() }
        if setAside.count > 0 { output.setAside.append(setAside.take()) }
        return take()
    }

    private mutating func closeShard() {
        output.shards.append(shard.take())
        shardCount = 0
    }

    private mutating func closeSetAsideIfFull() {
        if setAside.count >= Self.setAsideBytes { output.setAside.append(setAside.take()) }
    }
}
