internal import TextSearch

/// Writes text in the ASCII of mail header fields (RFC 5322 section 2.2, RFC 2047).
package enum HeaderText {
    /// Unstructured text, such as a subject: as it is, or as encoded words where it could not stand so.
    ///
    /// Line breaks and control characters become one space.
    package static func unstructured(_ text: String) -> String {
        let text = withoutControls(text)
        return canStandAsItIs(text) ? text : encodedWords(text)
    }

    /// A phrase, such as a display name: atoms, a quoted string or encoded words, whichever is plainest.
    package static func phrase(_ text: String) -> String {
        let text = withoutControls(text)
        guard canStandAsItIs(text) else { return encodedWords(text) }
        let isAtoms = text.utf8.allSatisfy { isAtomText($0) || $0 == space } && !text.utf8.isEmpty
        if isAtoms, !text.contains(text: "  ") { return text }
        var quoted: [UInt8] = [quote]
        for byte in text.utf8 {
            if byte == quote || byte == backslash { quoted.append(backslash) }
            quoted.append(byte)
        }
        quoted.append(quote)
        return String(decoding: quoted, as: UTF8.self)
    }

    /// A whole field, `Name: value`, folded at its spaces into lines of at most 78 characters where they allow it; without
    /// the final line break.
    package static func field(_ name: String, _ value: String) -> String {
        var output = "\(name):"
        var lineLength = output.utf8.count
        var isLineBlank = false
        for piece in pieces(of: " " + value) {
            let length = piece.utf8.count
            if lineLength + length > preferredLineLength, !isLineBlank, lineLength > name.utf8.count + 1 {
                output += "\r\n"
                lineLength = 0
            }
            output += piece
            lineLength += length
            isLineBlank = piece.utf8.allSatisfy { $0 == space }
        }
        return output
    }

    /// Text with each run of control characters turned into one space.
    package static func withoutControls(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var output = String.UnicodeScalarView()
        var wasControl = false
        for scalar in text.unicodeScalars {
            if !isControl(scalar) {
                output.append(scalar)
            } else if !wasControl {
                output.append(" ")
            }
            wasControl = isControl(scalar)
        }
        return String(output)
    }

    // MARK: - Encoded words

    /// RFC 2047 allows 75; a shorter word leaves room for the field's name on a line of 76.
    private static let maximumWordLength = 64
    private static let wordOverhead = "=?UTF-8?Q??=".utf8.count
    private static let preferredLineLength = 78
    /// Lines may have 998 characters (RFC 5322 section 2.1.1); what cannot be folded must stay well below.
    private static let longestToken = 800

    /// Encodes the whole text: white space between two encoded words does not count.
    private static func encodedWords(_ text: String) -> String {
        let utf8 = text.utf8
        let quotedPrintableLength = utf8.reduce(0) { $0 + (isLiteralInWord($1) || $1 == space ? 1 : 3) }
        let usesBase64 = quotedPrintableLength > (utf8.count + 2) / 3 * 4
        let room = maximumWordLength - wordOverhead
        var words: [String] = []
        var chunk: [UInt8] = []
        var chunkLength = 0
        // A word ends between characters: each must decode on its own. Scalars, since a grapheme may exceed a word.
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            let length =
                usesBase64
                ? (chunk.count + bytes.count + 2) / 3 * 4
                : chunkLength + bytes.reduce(0) { $0 + (isLiteralInWord($1) || $1 == space ? 1 : 3) }
            if length > room {
                words.append(encodedWord(chunk, usesBase64: usesBase64))
                chunk = bytes
                chunkLength = bytes.reduce(0) { $0 + (isLiteralInWord($1) || $1 == space ? 1 : 3) }
            } else {
                chunk += bytes
                chunkLength = length
            }
        }
        if !chunk.isEmpty { words.append(encodedWord(chunk, usesBase64: usesBase64)) }
        return words.joined(separator: " ")
    }

    private static func encodedWord(_ bytes: [UInt8], usesBase64: Bool) -> String {
        usesBase64
            ? "=?UTF-8?B?\(base64(bytes))?=" : "=?UTF-8?Q?\(quotedPrintable(bytes))?="
    }

    private static func quotedPrintable(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var output: [UInt8] = []
        for byte in bytes {
            if byte == space {
                output.append(UInt8(ascii: "_"))
            } else if isLiteralInWord(byte) {
                output.append(byte)
            } else {
                output += [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        var output: [UInt8] = []
        Base64Encoding.append(bytes[...], to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    // MARK: - Characters

    private static let space = UInt8(ascii: " ")
    private static let quote = UInt8(ascii: "\"")
    private static let backslash = UInt8(ascii: "\\")

    /// Whether a reader sees the very same text if it is written as it is, however it is folded.
    private static func canStandAsItIs(_ text: String) -> Bool {
        text.utf8.allSatisfy { (0x20...0x7e).contains($0) }
            && !text.contains(text: "=?")
            && text.utf8.first != space && text.utf8.last != space
            && pieces(of: text).allSatisfy { $0.utf8.count <= longestToken }
    }

    /// Whether a character has no place in a header field: the controls C0, DEL and C1, and Unicode's line and paragraph
    /// separators, which readers may take for the end of a line.
    package static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) || scalar.value == 0x2028
            || scalar.value == 0x2029
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    /// RFC 5322 section 3.2.3.
    private static func isAtomText(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
    }

    /// RFC 2047 section 5, rule 3: what an encoded word in a phrase may hold as it is.
    private static func isLiteralInWord(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || "!*+-/".utf8.contains(byte)
    }

    /// The text cut before each run of spaces, so that the pieces joined are the text.
    private static func pieces(of text: String) -> [Substring] {
        var pieces: [Substring] = []
        var start = text.startIndex
        var previousIsSpace = true
        for index in text.utf8.indices {
            let isSpace = text.utf8[index] == space
            if isSpace, !previousIsSpace {
                pieces.append(text[start..<index])
                start = index
            }
            previousIsSpace = isSpace
        }
        pieces.append(text[start...])
        return pieces
    }
}

extension Mailbox {
    /// The mailbox as a header field or SES holds it: `Name <address>`, or the bare address (RFC 5322 section 3.4).
    package var headerValue: String {
        let address = HeaderText.withoutControls(address)
        guard let name, !HeaderText.withoutControls(name).utf8.allSatisfy({ $0 == UInt8(ascii: " ") })
        else { return address }
        return "\(HeaderText.phrase(name)) <\(address)>"
    }
}

extension [Mailbox] {
    /// An address list (RFC 5322 section 3.4).
    package var headerValue: String { map(\.headerValue).joined(separator: ", ") }
}
