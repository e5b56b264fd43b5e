/// Searching text for text, byte by byte.
///
/// The standard library's own searches for a collection within a collection (`contains("…")`, `firstRange(of:)`,
/// `replacing(_:with:)`, `split(separator: "…")`) live in the module of regular expressions, which would be a tenth of the
/// worker's executable. These compare UTF-8 and not characters: what is canonically equivalent but written otherwise is
/// not found, and what is found may end within a grapheme cluster.
extension String {
    /// Whether `text` occurs in this one; the empty text does everywhere.
    package func contains(text: String) -> Bool { firstRange(ofText: text) != nil }

    /// Where `text` occurs first, at or after `start`.
    package func firstRange(ofText text: String, from start: Index? = nil) -> Range<Index>? {
        let bytes = utf8
        var begin = start ?? bytes.startIndex
        guard let first = text.utf8.first else { return begin..<begin }
        while let found = bytes[begin...].firstIndex(of: first) {
            if bytes[found...].starts(with: text.utf8) {
                return found..<bytes.index(found, offsetBy: text.utf8.count)
            }
            begin = bytes.index(after: found)
        }
        return nil
    }

    /// What stands before, between and after the occurrences of `text`, which must not be empty.
    package func pieces(around text: String) -> [String] {
        precondition(!text.isEmpty, "an empty text occurs everywhere")
        var pieces: [String] = []
        var rest = startIndex
        while let range = firstRange(ofText: text, from: rest) {
            pieces.append(String(self[rest..<range.lowerBound]))
            rest = range.upperBound
        }
        pieces.append(String(self[rest...]))
        return pieces
    }

    /// This text with every occurrence of `text`, which must not be empty, replaced.
    package func replacing(text: String, with replacement: String) -> String {
        pieces(around: text).joined(separator: replacement)
    }
}
