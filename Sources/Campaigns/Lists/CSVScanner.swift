/// Cuts bytes into records and fields.
///
/// A record that lies whole in the bytes fed is read where it lies; one that spans two pieces is put together in a
/// buffer of its own. Whatever the pieces, the same input gives the same records and the same error: each error belongs
/// to one offset, whenever it is noticed, and malformed UTF-8 before that offset comes first.
struct CSVScanner: ~Copyable {
    private let diagnosis: CSVDiagnosis
    private let limits: CSVReader.Limits
    var separator = UInt8(ascii: ",")

    private var progress = CSVProgress()
    /// Line on which the current record begins.
    private var line = 1
    /// Fields of the first record.
    private var width: Int?
    /// The beginning of a record that earlier pieces did not complete.
    private var carried = ByteBuffer()
    private var unescaped = ByteBuffer()
    private var fields: UnsafeMutablePointer<CSVRecord.Field>
    private var fieldCapacity: Int
    /// Where the last bytes of a piece are padded to a block.
    private let padded: UnsafeMutableRawPointer

    init(file: String, limits: CSVReader.Limits) {
        diagnosis = CSVDiagnosis(file: file, limits: limits)
        self.limits = limits
        fieldCapacity = min(32, limits.columns)
        fields = .allocate(capacity: fieldCapacity)
        padded = .allocate(byteCount: CSVBlock.size, alignment: CSVBlock.size)
    }

    deinit {
        fields.deallocate()
        padded.deallocate()
    }

    mutating func feed(
        _ bytes: UnsafeRawBufferPointer, record: (borrowing CSVRecord) throws -> Void
    ) throws {
        guard var start = bytes.baseAddress else { return }
        var count = bytes.count
        // Few records are long: ask for little at first, so that little is copied in vain.
        var step = 256
        while carried.count > 0, count > 0 {
            let before = carried.count
            let added = min(step, count)
            carried.append(start, count: added)
            var used = added
            if let end = try scan(
                carried.memory, count: carried.count, stopsAfterRecord: true, record: record)
            {
                used = end - before
                carried.removeAll()
            }
            start += used
            count -= used
            step = min(step * 2, 64 << 10)
        }
        guard count > 0 else { return }
        let end = try scan(start, count: count, stopsAfterRecord: false, record: record) ?? 0
        carried.append(start + end, count: count - end)
    }

    mutating func finish(record: (borrowing CSVRecord) throws -> Void) throws {
        guard carried.count > 0 else { return }
        if progress.isOpen {
            throw diagnosis.problem(
                .unclosedQuote, at: progress.fieldStart, in: carried.memory, 0, line: line,
                readTo: carried.count, isWhole: true)
        }
        // A line break that is not there ends the last record as one that is.
        carried.append(UInt8(ascii: "\n"))
        _ = try scan(carried.memory, count: carried.count, stopsAfterRecord: true, record: record)
        carried.removeAll()
    }

    /// Reads on from `progress`; the current record begins at `base`.
    ///
    /// It calls no method on `self` that merely borrows it: for each such call the compiler copies the whole value.
    /// - Returns: the offset after the last record or blank line that ended, `nil` if none did.
    private mutating func scan(
        _ base: UnsafeRawPointer, count: Int, stopsAfterRecord: Bool,
        record: (borrowing CSVRecord) throws -> Void
    ) throws -> Int? {
        // Its offsets count from `base` here.
        var now = progress
        var recordStart = 0
        let separator = separator
        let fieldBytes = limits.fieldBytes
        let recordBytes = limits.recordBytes
        // The last offset at which the current field may end.
        var bound = min(now.fieldStart + fieldBytes, recordBytes)
        var position = now.scanned

        while position < count {
            let block: CSVBlock
            if count - position >= CSVBlock.size {
                block = CSVBlock(base + position, separator: separator)
            } else {
                padded.initializeMemory(as: UInt8.self, repeating: UInt8(ascii: " "), count: CSVBlock.size)
                padded.copyMemory(from: base + position, byteCount: count - position)
                block = CSVBlock(padded, separator: separator)
            }
            now.highBits |= block.highBits
            var marks = block.marks
            while marks != 0 {
                let index = position + marks.trailingZeroBitCount
                marks &= marks - 1
                let byte = base.load(fromByteOffset: index, as: UInt8.self)

                if byte == UInt8(ascii: "\"") {
                    now.meetQuote(at: index)
                    continue
                }
                guard byte == separator || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") else {
                    guard byte == 0 else { continue }
                    guard index <= bound else {
                        throw diagnosis.tooLong(now, in: base, recordStart, line: line)
                    }
                    throw diagnosis.problem(.nul, at: index, in: base, recordStart, line: line)
                }
                if now.isOpen {
                    now.innerLines += byte == separator || endsCRLF(base, index) ? 0 : 1
                    continue
                }
                if byte != separator, index == recordStart, now.fieldCount == 0 {
                    // A blank line, or the second half of the CRLF that ended the record before.
                    line += byte == UInt8(ascii: "\n") && now.followsCR ? 0 : 1
                } else {
                    guard index <= bound else {
                        throw diagnosis.tooLong(now, in: base, recordStart, line: line)
                    }
                    guard now.isQuoted ? now.closingQuote == index - 1 : true else {
                        throw diagnosis.problem(
                            .textAfterQuote, at: now.closingQuote + 1, in: base, recordStart, line: line)
                    }
                    if now.fieldCount == fieldCapacity, !growFields() {
                        throw diagnosis.problem(
                            .tooManyColumns(limit: fieldCapacity), at: now.fieldStart, in: base, recordStart,
                            line: line)
                    }
                    fields[now.fieldCount] = now.takeField(endingAt: index, recordStart)
                    if byte == separator {
                        bound = min(now.fieldStart + fieldBytes, recordStart + recordBytes)
                        continue
                    }
                    try complete(
                        base + recordStart, count: index - recordStart, fieldCount: now.fieldCount,
                        isASCII: now.highBits == 0, record: record)
                    line += 1 + now.innerLines
                }
                recordStart = index + 1
                bound = recordStart + min(fieldBytes, recordBytes)
                // What else is in the block may belong to the next record.
                now = CSVProgress(
                    fieldStart: recordStart, highBits: block.highBits, followsCR: byte == UInt8(ascii: "\r"))
                if stopsAfterRecord {
                    progress = CSVProgress(followsCR: now.followsCR)
                    return recordStart
                }
            }
            position += CSVBlock.size
        }

        guard count <= bound else { throw diagnosis.tooLong(now, in: base, recordStart, line: line) }
        now.scanned = count - recordStart
        now.fieldStart -= recordStart
        now.closingQuote -= recordStart
        progress = now
        return recordStart > 0 ? recordStart : nil
    }

    /// Hands on a record that ends after `count` bytes.
    private mutating func complete(
        _ base: UnsafeRawPointer, count: Int, fieldCount: Int, isASCII: Bool,
        record: (borrowing CSVRecord) throws -> Void
    ) throws {
        if !isASCII, let problem = diagnosis.malformedUTF8(in: base, readTo: count, isWhole: true, line: line)
        {
            throw problem
        }
        let expected = width ?? fieldCount
        guard fieldCount == expected else {
            throw diagnosis.problem(.ragged(expected: expected, found: fieldCount), line: line)
        }
        width = expected
        unescaped.removeAll()
        for index in 0..<fieldCount where fields[index].count < 0 {
            fields[index] = unescape(fields[index], of: base)
        }
        try record(
            CSVRecord(
                line: line, count: fieldCount, base: base, unescaped: unescaped.memory,
                fields: UnsafePointer(fields)))
    }

    /// Halves the doubled quotes of a field.
    private mutating func unescape(_ field: CSVRecord.Field, of base: UnsafeRawPointer) -> CSVRecord.Field {
        let start = unescaped.count
        let end = field.start + ~field.count
        var index = field.start
        while index < end {
            let byte = base.load(fromByteOffset: index, as: UInt8.self)
            unescaped.append(byte)
            index += byte == UInt8(ascii: "\"") ? 2 : 1
        }
        return CSVRecord.Field(start: ~start, count: unescaped.count - start)
    }

    /// - Returns: `false` if there may be no more.
    private mutating func growFields() -> Bool {
        let capacity = min(fieldCapacity * 2, limits.columns)
        guard capacity > fieldCapacity else { return false }
        let larger = UnsafeMutablePointer<CSVRecord.Field>.allocate(capacity: capacity)
        larger.update(from: fields, count: fieldCapacity)
        fields.deallocate()
        (fields, fieldCapacity) = (larger, capacity)
        return true
    }
}

/// Whether the line break at `index` is the second half of a CRLF.
private func endsCRLF(_ base: UnsafeRawPointer, _ index: Int) -> Bool {
    base.load(fromByteOffset: index, as: UInt8.self) == UInt8(ascii: "\n")
        && base.load(fromByteOffset: index - 1, as: UInt8.self) == UInt8(ascii: "\r")
}

/// How far the current record is read; offsets count from its first byte.
struct CSVProgress {
    var scanned = 0
    var fieldCount = 0
    var fieldStart = 0
    /// Whether the field began with a quote.
    private(set) var isQuoted = false
    /// Whether that quote is still open.
    private(set) var isOpen = false
    /// The last quote that closed the field.
    var closingQuote = -1
    private var hasDoubledQuotes = false
    /// Line breaks within quotes.
    var innerLines = 0
    /// High bits of the bytes read: none is set if all are ASCII.
    var highBits: UInt64 = 0
    /// Whether the record before ended in CR, so that a LF that follows belongs to it.
    let followsCR: Bool

    init(fieldStart: Int = 0, highBits: UInt64 = 0, followsCR: Bool = false) {
        self.fieldStart = fieldStart
        self.highBits = highBits
        self.followsCR = followsCR
    }

    /// Opens or closes the field, doubles the quote before, or is a character like others.
    mutating func meetQuote(at index: Int) {
        if isOpen {
            isOpen = false
            closingQuote = index
        } else if index == fieldStart {
            isQuoted = true
            isOpen = true
        } else if isQuoted, index == closingQuote + 1 {
            isOpen = true
            hasDoubledQuotes = true
        }
    }

    /// The field that ends at `index`; the next one begins after that.
    mutating func takeField(endingAt index: Int, _ recordStart: Int) -> CSVRecord.Field {
        var field = CSVRecord.Field(start: fieldStart - recordStart, count: index - fieldStart)
        if isQuoted {
            field.start += 1
            field.count -= 2
            if hasDoubledQuotes { field.count = ~field.count }
            isQuoted = false
            hasDoubledQuotes = false
        }
        fieldCount += 1
        fieldStart = index + 1
        return field
    }
}
