internal import Campaigns

/// Results of a batch as bytes, which cost a third of what text would: DynamoDB bills writes by the kilobyte.
///
/// Format byte (1), milliseconds since 1970 (6 bytes), then records: position in the batch (2 bytes), a letter, and what
/// belongs to it. Numbers are big-endian; a text is its length (2 bytes) and its UTF-8.
///
/// | letter | result | followed by |
/// |---|---|---|
/// | `A` | accepted | a message id of SES's form, packed: see ``PackedMessageID`` |
/// | `a` | accepted | any other message id |
/// | `r`, `u`, `d` | rejected, uncertain, dropped | the reason |
/// | `s` | suppressed | the reason's name |
/// | `w` | withdrawn: the recipient has no result again | nothing |
enum ResultRecords {
    /// What one record says of a recipient.
    struct Record: Equatable {
        let index: Int
        /// `nil` withdraws what earlier records say.
        let outcome: RecipientResult.Outcome?
        let at: Timestamp
    }

    private static let format: UInt8 = 1
    private static let millisecondBytes = 6
    private static let lengthBytes = 2
    /// An item holds 400 KB at most, for fifty recipients, and takes in more than one settlement.
    private static let maximumDetailBytes = 3000

    static func encode(
        _ records: [(index: Int, outcome: RecipientResult.Outcome?)], at moment: Timestamp
    ) -> [UInt8] {
        var bytes = [format]
        append(moment.milliseconds, count: millisecondBytes, to: &bytes)
        for record in records {
            append(record.index, count: lengthBytes, to: &bytes)
            switch record.outcome {
            case .accepted(let messageID):
                if let packed = PackedMessageID(messageID) {
                    bytes.append(UInt8(ascii: "A"))
                    bytes += packed.bytes
                } else {
                    append("a", messageID, to: &bytes)
                }
            case .rejected(let reason): append("r", reason, to: &bytes)
            case .uncertain(let reason): append("u", reason, to: &bytes)
            case .dropped(let reason): append("d", reason, to: &bytes)
            case .suppressed(let reason): append("s", reason.rawValue, to: &bytes)
            case nil: bytes.append(UInt8(ascii: "w"))
            }
        }
        return bytes
    }

    /// `nil` if the bytes are of another program or version, or damaged.
    static func decode(_ bytes: [UInt8]) -> [Record]? {
        var rest = bytes[...]
        guard take(1, from: &rest) == Int64(format), let moment = take(millisecondBytes, from: &rest) else {
            return nil
        }
        let at = Timestamp(milliseconds: moment)
        var records: [Record] = []
        while !rest.isEmpty {
            guard let index = take(lengthBytes, from: &rest), let letter = rest.popFirst() else { return nil }
            let outcome: RecipientResult.Outcome?
            switch letter {
            case UInt8(ascii: "w"): outcome = nil
            case UInt8(ascii: "A"):
                guard rest.count >= PackedMessageID.count else { return nil }
                let packed = PackedMessageID(bytes: Array(rest.prefix(PackedMessageID.count)))
                rest = rest.dropFirst(PackedMessageID.count)
                outcome = .accepted(messageID: packed.text)
            default:
                guard let length = take(lengthBytes, from: &rest), rest.count >= length else { return nil }
                let text = String(decoding: rest.prefix(Int(length)), as: UTF8.self)
                rest = rest.dropFirst(Int(length))
                guard let known = Self.outcome(letter, text) else { return nil }
                outcome = known
            }
            records.append(Record(index: Int(index), outcome: outcome, at: at))
        }
        return records
    }

    private static func outcome(_ letter: UInt8, _ text: String) -> RecipientResult.Outcome? {
        switch letter {
        case UInt8(ascii: "a"): .accepted(messageID: text)
        case UInt8(ascii: "r"): .rejected(reason: text)
        case UInt8(ascii: "u"): .uncertain(reason: text)
        case UInt8(ascii: "d"): .dropped(reason: text)
        case UInt8(ascii: "s"): SuppressionReason(rawValue: text).map { .suppressed(reason: $0) }
        default: nil
        }
    }

    private static func append(_ letter: Unicode.Scalar, _ text: String, to bytes: inout [UInt8]) {
        let text = Array(shortened(text).utf8)
        bytes.append(UInt8(ascii: letter))
        append(text.count, count: lengthBytes, to: &bytes)
        bytes += text
    }

    private static func append(_ number: some BinaryInteger, count: Int, to bytes: inout [UInt8]) {
        for place in stride(from: count - 1, through: 0, by: -1) {
            bytes.append(UInt8(truncatingIfNeeded: number >> (8 * place)))
        }
    }

    private static func take(_ count: Int, from bytes: inout ArraySlice<UInt8>) -> Int64? {
        guard bytes.count >= count else { return nil }
        defer { bytes = bytes.dropFirst(count) }
        return bytes.prefix(count).reduce(0) { $0 << 8 | Int64($1) }
    }

    private static func shortened(_ text: String) -> String {
        guard text.utf8.count > maximumDetailBytes else { return text }
        var kept = ""
        var bytes = 0
        for scalar in text.unicodeScalars {
            bytes += String(scalar).utf8.count
            if bytes > maximumDetailBytes { break }
            kept.unicodeScalars.append(scalar)
        }
        return kept + "…"
    }
}

/// A message id as SES makes them, in 27 bytes instead of 60:
/// `0100018f1c2d3e4f-0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9-000000`.
struct PackedMessageID {
    static let count = 27
    /// Hexadecimal digits of each group, and decimal ones of the last.
    private static let groups = [16, 8, 4, 4, 4, 12]
    private static let lastDigits = 6
    private static let numberBytes = 3
    private static let digits = Array("0123456789abcdef".utf8)

    let bytes: [UInt8]

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// `nil` for any other form, which is kept as it is.
    init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.map(\.count) == Self.groups + [Self.lastDigits], let last = parts.last else { return nil }
        var nibbles: [UInt8] = []
        for part in parts.dropLast() {
            for character in part {
                guard let value = Self.digits.firstIndex(of: character) else { return nil }
                nibbles.append(UInt8(value))
            }
        }
        var number = 0
        for character in last {
            guard let value = Self.digits.prefix(10).firstIndex(of: character) else { return nil }
            number = number * 10 + value
        }
        bytes =
            stride(from: 0, to: nibbles.count, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
            + [UInt8(number >> 16), UInt8(number >> 8 & 255), UInt8(number & 255)]
    }

    var text: String {
        var nibbles = bytes.dropLast(Self.numberBytes).flatMap { [$0 >> 4, $0 & 15] }[...]
        var characters: [UInt8] = []
        for group in Self.groups {
            characters += nibbles.prefix(group).map { Self.digits[Int($0)] }
            characters.append(UInt8(ascii: "-"))
            nibbles = nibbles.dropFirst(group)
        }
        let number = bytes.suffix(Self.numberBytes).reduce(0) { $0 << 8 | Int($1) }
        let last = String(number)
        return String(decoding: characters, as: UTF8.self)
            + String(repeating: "0", count: max(0, Self.lastDigits - last.utf8.count)) + last
    }
}
