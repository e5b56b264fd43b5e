/// Finds which of many phrases occur in a text, in one pass over it: an automaton after Aho and Corasick
/// (Communications of the ACM 18:6, 1975) over the pieces between a phrase's asterisks.
struct PhraseSearch: Sendable {
    /// A phrase that was found.
    struct Match: Sendable, Hashable {
        /// Which, in the order in which phrases were given.
        var phrase: Int
        /// From the first piece's first byte to behind the last piece's last.
        var range: Range<Int>
    }

    /// How far from one piece to the next, in bytes.
    private static let longestGap = 300

    private struct Piece {
        var phrase: Int
        var position: Int
        var length: Int
    }

    private let lengths: [Int]
    /// What a byte is to the automaton; those that no phrase holds are all 0.
    private var letters = [UInt8](repeating: 0, count: 256)
    private var letterCount = 1
    /// Of each state, the next one for each letter.
    private var next: [Int32] = []
    /// Of each state, the pieces that end there.
    private var ends: [[Piece]] = [[]]

    /// - Parameter phrases: none with an empty piece.
    init(_ phrases: [String]) {
        let pieces = phrases.map { phrase in
            phrase.utf8.split(separator: UInt8(ascii: "*")).map { Self.trimmed($0) }.filter { !$0.isEmpty }
        }
        lengths = pieces.map(\.count)
        for byte in pieces.joined().joined() where letters[Int(byte)] == 0 {
            letters[Int(byte)] = UInt8(letterCount)
            letterCount += 1
        }
        next = [Int32](repeating: -1, count: letterCount)
        for (phrase, pieces) in pieces.enumerated() {
            for (position, piece) in pieces.enumerated() {
                add(piece, Piece(phrase: phrase, position: position, length: piece.count))
            }
        }
        close()
    }

    private static func trimmed(_ piece: Substring.UTF8View) -> [UInt8] {
        let space = UInt8(ascii: " ")
        return Array(piece.drop { $0 == space }.reversed().drop { $0 == space }.reversed())
    }

    private mutating func add(_ bytes: [UInt8], _ piece: Piece) {
        var state = 0
        for byte in bytes {
            let edge = state * letterCount + Int(letters[Int(byte)])
            if next[edge] < 0 {
                next[edge] = Int32(ends.count)
                ends.append([])
                next += [Int32](repeating: -1, count: letterCount)
            }
            state = Int(next[edge])
        }
        ends[state].append(piece)
    }

    /// Gives each state a next one for every letter: that of its longest proper suffix where it has none of its own.
    private mutating func close() {
        var suffix = [Int](repeating: 0, count: ends.count)
        var queue: [Int] = []
        for letter in 0..<letterCount {
            if next[letter] < 0 { next[letter] = 0 } else { queue.append(Int(next[letter])) }
        }
        var head = 0
        while head < queue.count {
            let state = queue[head]
            head += 1
            ends[state] += ends[suffix[state]]
            for letter in 0..<letterCount {
                let edge = state * letterCount + letter
                let shorter = next[suffix[state] * letterCount + letter]
                if next[edge] < 0 {
                    next[edge] = shorter
                } else {
                    suffix[Int(next[edge])] = Int(shorter)
                    queue.append(Int(next[edge]))
                }
            }
        }
    }

    /// Whether a piece that begins with a letter or digit is the beginning of a word, and where it is as short as most
    /// abbreviations are, a whole one.
    private func isWhole(_ text: [UInt8], _ range: Range<Int>) -> Bool {
        let (first, last) = (text[range.lowerBound], text[range.upperBound - 1])
        if Self.isWord(first), range.lowerBound > 0, Self.isWord(text[range.lowerBound - 1]) { return false }
        let isShort = range.count <= Self.longestAbbreviation
        return !isShort || !Self.isWord(last) || range.upperBound == text.count
            || !Self.isWord(text[range.upperBound])
    }

    private static let longestAbbreviation = 4

    private static func isWord(_ byte: UInt8) -> Bool {
        CodeScanner.isDigit(byte) || (0x61...0x7A).contains(byte)
    }

    /// The first occurrence of each phrase that occurs, by the order of their ends.
    func matches(in text: [UInt8]) -> [Match] {
        var found: [Match] = []
        var isFound = [Bool](repeating: false, count: lengths.count)
        /// Of phrases with several pieces, what the last piece of each beginning covers.
        var begun: [Int: [Range<Int>?]] = [:]
        var state = 0
        for (index, byte) in text.enumerated() {
            state = Int(next[state * letterCount + Int(letters[Int(byte)])])
            for piece in ends[state] where !isFound[piece.phrase] {
                let start = index + 1 - piece.length
                guard isWhole(text, start..<index + 1) else { continue }
                var range = start..<index + 1
                if lengths[piece.phrase] > 1 {
                    var covered =
                        begun[piece.phrase] ?? [Range<Int>?](repeating: nil, count: lengths[piece.phrase])
                    if piece.position > 0 {
                        guard let before = covered[piece.position - 1], before.upperBound <= start,
                            start - before.upperBound <= Self.longestGap
                        else { continue }
                        range = before.lowerBound..<index + 1
                    }
                    covered[piece.position] = range
                    begun[piece.phrase] = covered
                    if piece.position + 1 < lengths[piece.phrase] { continue }
                }
                isFound[piece.phrase] = true
                found.append(Match(phrase: piece.phrase, range: range))
            }
        }
        return found
    }
}
