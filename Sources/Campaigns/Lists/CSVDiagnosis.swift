/// Makes a ``Problem`` of a fault in a list: where it is, by line and column.
struct CSVDiagnosis {
    let file: String
    let limits: CSVReader.Limits

    /// A fault of a whole record.
    func problem(_ fault: CSVFault, line: Int, column: Int? = nil) -> Problem {
        Problem(.invalidInput, file: file, line: line, column: column, fault.message, remedy: fault.remedy)
    }

    /// A fault at `offset` of `base`; malformed UTF-8 that was read before comes first.
    ///
    /// - Parameters:
    ///   - recordStart: offset of the record that holds it, which begins on `line`.
    ///   - end: offset up to which bytes count as read, `offset` if it is not given.
    ///   - isWhole: whether the input ends there.
    func problem(
        _ fault: CSVFault, at offset: Int, in base: UnsafeRawPointer, _ recordStart: Int, line: Int,
        readTo end: Int? = nil, isWhole: Bool = false
    ) -> Problem {
        let record = base + recordStart
        let count = (end ?? offset) - recordStart
        return malformedUTF8(in: record, readTo: count, isWhole: isWhole, line: line)
            ?? located(fault, at: offset - recordStart, in: record, line: line)
    }

    /// The current field or its record is longer than may be.
    func tooLong(_ progress: CSVProgress, in base: UnsafeRawPointer, _ recordStart: Int, line: Int) -> Problem
    {
        let fieldEnd = progress.fieldStart + limits.fieldBytes
        let recordEnd = recordStart + limits.recordBytes
        return fieldEnd <= recordEnd
            ? problem(
                .fieldTooLong(limit: limits.fieldBytes, isQuoted: progress.isQuoted), at: progress.fieldStart,
                in: base, recordStart, line: line, readTo: fieldEnd)
            : problem(
                .recordTooLong(limit: limits.recordBytes), at: recordStart, in: base, recordStart, line: line,
                readTo: recordEnd)
    }

    /// Malformed UTF-8 in the first `end` bytes of the record at `base`.
    func malformedUTF8(in base: UnsafeRawPointer, readTo end: Int, isWhole: Bool, line: Int) -> Problem? {
        guard let offset = firstMalformedUTF8(in: base, count: end, isWhole: isWhole) else { return nil }
        let byte = base.load(fromByteOffset: offset, as: UInt8.self)
        let isLone = offset + 1 == end || base.load(fromByteOffset: offset + 1, as: UInt8.self) < 0x80
        return located(.malformedUTF8(byte: byte, isLone: isLone), at: offset, in: base, line: line)
    }

    private func located(_ fault: CSVFault, at offset: Int, in base: UnsafeRawPointer, line: Int) -> Problem {
        var line = line
        var lineStart = 0
        var previous: UInt8 = 0
        for index in 0..<offset {
            let byte = base.load(fromByteOffset: index, as: UInt8.self)
            if byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n") {
                line += byte == UInt8(ascii: "\n") && previous == UInt8(ascii: "\r") ? 0 : 1
                lineStart = index + 1
            }
            previous = byte
        }
        let before = UnsafeRawBufferPointer(start: base + lineStart, count: offset - lineStart)
        return problem(fault, line: line, column: String(decoding: before, as: UTF8.self).count + 1)
    }
}
