/// Finds SMTP reply codes and enhanced status codes in text.
enum CodeScanner {
    struct Codes: Sendable, Equatable {
        var reply: Int?
        var status: String?
        var isEmpty: Bool { reply == nil && status == nil }
    }

    /// The codes of the first reply in the text that has both, else the first of each.
    ///
    /// A reply code counts at the text's beginning and behind what may stand before a quoted reply, not in `1.2.450`, `$450`
    /// or `450 KB`.
    static func codes(in text: some StringProtocol) -> Codes {
        var codes = Codes()
        var previous: Substring.UTF8View?
        let text = String(text.prefix(4096))
        var firstStatus: String?
        for token in text.utf8.split(whereSeparator: { isBreak($0) }) {
            let word = token.drop { $0 == UInt8(ascii: ":") }
            defer { previous = word }
            if let both = glued(word) { return both }
            if let status = status(word) {
                if let previous, let reply = reply(previous) { return Codes(reply: reply, status: status) }
                firstStatus = firstStatus ?? status
            } else if codes.reply == nil, let reply = reply(word) {
                codes.reply = reply
            }
        }
        codes.status = firstStatus
        return codes
    }

    /// `550-5.1.1`, with or without something glued to its end.
    private static func glued(_ word: Substring.UTF8View) -> Codes? {
        let parts = word.split(separator: UInt8(ascii: "-"), maxSplits: 1)
        guard parts.count == 2, let reply = reply(parts[0]), let status = status(parts[1]) else { return nil }
        return Codes(reply: reply, status: status)
    }

    /// `421`, `550-` and `550:`; nothing else may follow in the word.
    static func reply(_ word: Substring.UTF8View) -> Int? {
        let digits = word.prefix(3)
        guard digits.count == 3, digits.allSatisfy(isDigit), let first = digits.first,
            (0x32...0x35).contains(first),
            word.dropFirst(3).allSatisfy({
                $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":")
            }),
            let code = Int(String(decoding: digits, as: UTF8.self)), code % 100 < 60
        else { return nil }
        return code
    }

    /// `5.1.1` and `4.7.650` (RFC 3463 section 2), and what Exchange appends to it.
    static func status(_ word: Substring.UTF8View) -> String? {
        let trimmed = word.prefix { isDigit($0) || $0 == UInt8(ascii: ".") }
        guard trimmed.count == word.count || !isLetterOrDigit(word.dropFirst(trimmed.count).first) else {
            return nil
        }
        let parts = trimmed.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3 || parts.count == 4 && parts[3].isEmpty, parts[0].count == 1,
            let kind = parts[0].first, [0x32, 0x34, 0x35].contains(kind), (1...2).contains(parts[1].count),
            (1...3).contains(parts[2].count)
        else { return nil }
        return parts.prefix(3).map { String(decoding: $0, as: UTF8.self) }.joined(separator: ".")
    }

    /// A word that begins a further line of one reply, and what is glued to it.
    static func continuation(_ word: ArraySlice<UInt8>) -> (isBare: Bool, rest: [UInt8])? {
        guard word.count >= 4, word.prefix(3).allSatisfy(isDigit),
            word[word.startIndex + 3] == UInt8(ascii: "-"),
            let first = word.first, (0x32...0x35).contains(first)
        else { return nil }
        let rest = word.dropFirst(4)
        let code = rest.prefix { isDigit($0) || $0 == UInt8(ascii: ".") }
        let isStatus = code.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).count == 3
        return (rest.isEmpty, Array(isStatus ? rest.dropFirst(code.count) : rest))
    }

    static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isLetterOrDigit(_ byte: UInt8?) -> Bool {
        guard let byte else { return false }
        return isDigit(byte) || (0x61...0x7A).contains(byte | 0x20)
    }

    private static func isBreak(_ byte: UInt8) -> Bool {
        byte <= 0x20 || "()[]<>{},;#\"'=".utf8.contains(byte)
    }
}
