/// Cuts bytes into records and fields.
///
/// A record that lies whole in the bytes fed is read where it lies; one that spans two pieces is put together in a
/// buffer of its own. Whatever the pieces, the same input gives the same records and the same error: each error belongs
/// to one offset, whenever it is noticed, and malformed UTF-8 before that offset comes first.
struct CSVScanner: ~Copyable {
    let file: String
    private let limits: CSVReader.Limits
    var separator = UInt8(ascii: ",")

    private var progress = Progress()
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

    /// How far the current record is read; offsets count from its first byte.
    private struct Progress {
        var scanned = 0
        var fieldCount = 0
        var fieldStart = 0
        /// Whether the field began with a quote.
        var isQuoted = false
        /// Whether that quote is still open.
        var isOpen = false
        /// The last quote that closed the field.
        var closingQuote = -1
        var hasDoubledQuotes = false
        /// Line breaks within quotes.
        var innerLines = 0
        /// High bits of the bytes read: none is set if all are ASCII.
        var highBits: UInt64 = 0
        /// Whether the record before ended in CR, so that a LF that follows belongs to it.
        var followsCR = false
    }

    init(file: String, limits: CSVReader.Limits) {
        self.file = file
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
            throw problem(
                .unclosedQuote, at: progress.fieldStart, in: carried.memory, readTo: carried.count,
                isWhole: true)
        }
        // A line break that is not there ends the last record as one that is.
        carried.append(UInt8(ascii: "\n"))
        _ = try scan(carried.memory, count: carried.count, stopsAfterRecord: true, record: record)
        carried.removeAll()
    }

    /// Reads on from `progress`; the current record begins at `base`.
    ///
    /// - Returns: the offset after the last record or blank line that ended, `nil` if none did.
    private mutating func scan(
        _ base: UnsafeRawPointer, count: Int, stopsAfterRecord: Bool,
        record: (borrowing CSVRecord) throws -> Void
    ) throws -> Int? {
        var now = progress
        var recordStart = 0
        // The last offset at which the current field may end.
        var bound = now.fieldStart + limits.fieldBytes
        if bound > limits.recordBytes { bound = limits.recordBytes }
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
                    if now.isOpen {
                        now.isOpen = false
                        now.closingQuote = index
                    } else if index == now.fieldStart {
                        now.isQuoted = true
                        now.isOpen = true
                    } else if now.isQuoted, index == now.closingQuote + 1 {
                        now.isOpen = true
                        now.hasDoubledQuotes = true
                    }
                    continue
                }
                if byte < 0x20, byte != separator, byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") {
                    guard byte == 0 else { continue }
                    try checkLength(upTo: index, bound, now, base, recordStart)
                    throw problem(.nul, at: index - recordStart, in: base + recordStart)
                }
                if now.isOpen {
                    if byte != separator {
                        let endsCRLF =
                            byte == UInt8(ascii: "\n")
                            && base.load(fromByteOffset: index - 1, as: UInt8.self) == UInt8(ascii: "\r")
                        now.innerLines += endsCRLF ? 0 : 1
                    }
                    continue
                }

                if byte != separator, index == recordStart, now.fieldCount == 0 {
                    // A blank line, or the second half of the CRLF that ended the record before.
                    if byte == UInt8(ascii: "\r") || !now.followsCR { line += 1 }
                    now.followsCR = byte == UInt8(ascii: "\r")
                } else {
                    try checkLength(upTo: index, bound, now, base, recordStart)
                    var start = now.fieldStart - recordStart
                    var length = index - now.fieldStart
                    if now.isQuoted {
                        guard now.closingQuote == index - 1 else {
                            throw problem(
                                .textAfterQuote, at: now.closingQuote + 1 - recordStart,
                                in: base + recordStart)
                        }
                        start += 1
                        length -= 2
                        if now.hasDoubledQuotes { length = ~length }
                        now.isQuoted = false
                        now.hasDoubledQuotes = false
                    }
                    if now.fieldCount == fieldCapacity {
                        guard fieldCapacity < limits.columns else {
                            throw problem(
                                .tooManyColumns(limit: limits.columns), at: now.fieldStart - recordStart,
                                in: base + recordStart)
                        }
                        growFields()
                    }
                    fields[now.fieldCount] = CSVRecord.Field(start: start, count: length)
                    now.fieldCount += 1
                    if byte == separator {
                        now.fieldStart = index + 1
                        bound = min(index + 1 + limits.fieldBytes, recordStart + limits.recordBytes)
                        continue
                    }

                    try complete(base + recordStart, count: index - recordStart, now, record: record)
                    line += 1 + now.innerLines
                    now.innerLines = 0
                    now.fieldCount = 0
                    now.followsCR = byte == UInt8(ascii: "\r")
                }
                recordStart = index + 1
                now.fieldStart = recordStart
                bound = recordStart + min(limits.fieldBytes, limits.recordBytes)
                // What else is in the block may belong to the next record.
                now.highBits = block.highBits
                if stopsAfterRecord {
                    progress = Progress()
                    progress.followsCR = now.followsCR
                    return recordStart
                }
            }
            position += CSVBlock.size
        }

        try checkLength(upTo: count, bound, now, base, recordStart)
        now.scanned = count - recordStart
        now.fieldStart -= recordStart
        now.closingQuote -= recordStart
        progress = now
        return recordStart > 0 ? recordStart : nil
    }

    /// Hands on a record that ends after `count` bytes.
    private mutating func complete(
        _ base: UnsafeRawPointer, count: Int, _ now: Progress, record: (borrowing CSVRecord) throws -> Void
    ) throws {
        if now.highBits != 0, let problem = malformedUTF8(in: base, readTo: count, isWhole: true) {
            throw problem
        }
        let width = width ?? now.fieldCount
        guard now.fieldCount == width else {
            let fault = CSVFault.ragged(expected: width, found: now.fieldCount)
            throw Problem(.invalidInput, file: file, line: line, fault.message, remedy: fault.remedy)
        }
        self.width = width
        unescaped.removeAll()
        for index in 0..<now.fieldCount where fields[index].count < 0 {
            fields[index] = unescape(fields[index], of: base)
        }
        try record(
            CSVRecord(
                line: line, count: now.fieldCount, base: base, unescaped: unescaped.memory,
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

    private mutating func growFields() {
        let capacity = min(fieldCapacity * 2, limits.columns)
        let larger = UnsafeMutablePointer<CSVRecord.Field>.allocate(capacity: capacity)
        larger.update(from: fields, count: fieldCapacity)
        fields.deallocate()
        (fields, fieldCapacity) = (larger, capacity)
    }

    @inline(__always)
    private func checkLength(
        upTo index: Int, _ bound: Int, _ now: Progress, _ base: UnsafeRawPointer, _ recordStart: Int
    ) throws {
        guard index > bound else { return }
        let field = now.fieldStart - recordStart
        let isField = field + limits.fieldBytes <= limits.recordBytes
        throw problem(
            isField
                ? .fieldTooLong(limit: limits.fieldBytes, isQuoted: now.isQuoted)
                : .recordTooLong(limit: limits.recordBytes),
            at: isField ? field : 0, in: base + recordStart, readTo: bound - recordStart)
    }

    /// What to throw for a fault at `offset` of the record at `base`: malformed UTF-8 that was read before comes first.
    private func problem(
        _ fault: CSVFault, at offset: Int, in base: UnsafeRawPointer, readTo end: Int? = nil,
        isWhole: Bool = false
    ) -> Problem {
        malformedUTF8(in: base, readTo: end ?? offset, isWhole: isWhole)
            ?? located(fault, at: offset, in: base)
    }

    private func malformedUTF8(in base: UnsafeRawPointer, readTo end: Int, isWhole: Bool) -> Problem? {
        guard let offset = firstMalformedUTF8(in: base, count: end, isWhole: isWhole) else { return nil }
        let byte = base.load(fromByteOffset: offset, as: UInt8.self)
        let isLone = offset + 1 == end || base.load(fromByteOffset: offset + 1, as: UInt8.self) < 0x80
        return located(.malformedUTF8(byte: byte, isLone: isLone), at: offset, in: base)
    }

    /// A fault at `offset` of the record at `base`, with line and column.
    private func located(_ fault: CSVFault, at offset: Int, in base: UnsafeRawPointer) -> Problem {
        var line = line
        var lineStart = 0
        var previous: UInt8 = 0
        for index in 0..<offset {
            let byte = base.load(fromByteOffset: index, as: UInt8.self)
            if byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n") {
                if byte == UInt8(ascii: "\r") || previous != UInt8(ascii: "\r") { line += 1 }
                lineStart = index + 1
            }
            previous = byte
        }
        let before = UnsafeRawBufferPointer(start: base + lineStart, count: offset - lineStart)
        return Problem(
            .invalidInput, file: file, line: line, column: String(decoding: before, as: UTF8.self).count + 1,
            fault.message, remedy: fault.remedy)
    }
}
