/// Splits a command line into words as a POSIX shell does, without expanding anything.
enum CommandLineWords {
    /// - Returns: `nil` where a quote is not closed or a backslash ends the line.
    static func split(_ line: String) -> [String]? {
        var words: [String] = []
        var word: String?
        var characters = line.unicodeScalars.makeIterator()
        while let character = characters.next() {
            switch character {
            case " ", "\t", "\n", "\r":
                if let finished = word { words.append(finished) }
                word = nil
            case "'":
                var quoted = word ?? ""
                while true {
                    guard let next = characters.next() else { return nil }
                    if next == "'" { break }
                    quoted.unicodeScalars.append(next)
                }
                word = quoted
            case "\"":
                var quoted = word ?? ""
                while true {
                    guard let next = characters.next() else { return nil }
                    if next == "\"" { break }
                    if next == "\\" {
                        guard let escaped = characters.next() else { return nil }
                        if escaped != "\"" && escaped != "\\" { quoted.unicodeScalars.append("\\") }
                        quoted.unicodeScalars.append(escaped)
                    } else {
                        quoted.unicodeScalars.append(next)
                    }
                }
                word = quoted
            case "\\":
                guard let escaped = characters.next() else { return nil }
                word = (word ?? "") + String(escaped)
            default:
                word = (word ?? "") + String(character)
            }
        }
        if let word { words.append(word) }
        return words
    }
}
