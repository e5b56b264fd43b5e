/// Several messages in one file, as mbox has them (RFC 4155): each behind a line `From address date`.
enum Mailbox {
    static let mostMessages = 1000

    static func isOne(_ bytes: [UInt8]) -> Bool { bytes.starts(with: from) }

    /// The messages of a file, all of it where it does not begin as an mbox does; and whether there are more than are returned.
    static func messages(_ bytes: [UInt8]) -> (first: [ArraySlice<UInt8>], isCut: Bool) {
        guard isOne(bytes) else { return ([bytes[...]], false) }
        var messages: [ArraySlice<UInt8>] = []
        var start = 0
        var line = 0
        while let end = bytes[line...].firstIndex(of: UInt8(ascii: "\n")) {
            line = end + 1
            if bytes[line...].starts(with: from), isPostmark(bytes[line...].prefix(200)) {
                messages.append(bytes[start..<line])
                start = line
                if messages.count == mostMessages { return (messages, true) }
            }
        }
        return (messages + [bytes[start...]], false)
    }

    private static let from = Array("From ".utf8)

    /// Whether the line has a time of day, which no line of prose that begins so has.
    private static func isPostmark(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.prefix { $0 != UInt8(ascii: "\n") }.split(separator: UInt8(ascii: " ")).contains { word in
            let parts = word.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            return (2...3).contains(parts.count)
                && parts.allSatisfy { (1...2).contains($0.count) && $0.allSatisfy(CodeScanner.isDigit) }
        }
    }
}
