/// How a body is written in 7-bit lines (RFC 2045 section 6).
enum TransferEncoding: String {
    case sevenBit = "7bit"
    case quotedPrintable = "quoted-printable"
    case base64

    private static let carriageReturn = UInt8(ascii: "\r")
    private static let lineFeed = UInt8(ascii: "\n")
    private static let space = UInt8(ascii: " ")
    private static let tab = UInt8(ascii: "\t")

    /// Text in canonical form: each line ends in CRLF, the last one too (RFC 2049 section 4).
    static func canonical(_ text: String) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count + text.utf8.count / 32 + 2)
        var previous: UInt8 = 0
        for byte in text.utf8 {
            switch byte {
            case lineFeed where previous == carriageReturn: break
            case lineFeed, carriageReturn:
                output.append(carriageReturn)
                output.append(lineFeed)
            default: output.append(byte)
            }
            previous = byte
        }
        if output.last != lineFeed { output += [carriageReturn, lineFeed] }
        return output
    }

    /// The plainest encoding that nothing on the way will want to change.
    ///
    /// - Parameter body: in canonical form.
    static func suited(to body: [UInt8]) -> TransferEncoding {
        var isPlain = true
        var escapes = 0
        var lineStart = 0
        for (index, byte) in body.enumerated() {
            if byte == lineFeed {
                isPlain = isPlain && isPlainLine(body[lineStart..<(index - 1)])
                lineStart = index + 1
            } else if !(MailSyntax.isPrintable(byte) || byte == tab || byte == carriageReturn) {
                escapes += 1
                isPlain = false
            } else if byte == UInt8(ascii: "=") {
                escapes += 1
            }
        }
        if isPlain { return .sevenBit }
        // Quoted-printable adds two characters an escape, base64 one character to every three.
        return escapes * 6 > body.count ? .base64 : .quotedPrintable
    }

    /// Whether a line passes unchanged: not long, no blanks at its end that may be cut off, no dot or `From ` at its
    /// beginning that SMTP or a mailbox file would escape, and nothing like a boundary.
    private static func isPlainLine(_ line: ArraySlice<UInt8>) -> Bool {
        line.count <= 76 && line.last != space && line.last != tab && line.first != UInt8(ascii: ".")
            && !line.starts(with: "From ".utf8) && !line.starts(with: "--".utf8)
    }

    func append(_ body: [UInt8], to output: inout [UInt8]) {
        switch self {
        case .sevenBit: output += body
        case .quotedPrintable: TransferEncoding.appendQuotedPrintable(body, to: &output)
        case .base64: TransferEncoding.appendBase64(body, to: &output)
        }
    }

    // MARK: - Quoted-printable (RFC 2045 section 6.7)

    private static let maximumLineLength = 76

    private static func appendQuotedPrintable(_ body: [UInt8], to output: inout [UInt8]) {
        var column = 0
        var index = 0
        while index < body.count {
            let byte = body[index]
            if byte == carriageReturn {
                output.append(carriageReturn)
                output.append(lineFeed)
                column = 0
                index += 2
                continue
            }
            // A character's bytes stay on one line, so that a reader that decodes line by line shows it whole.
            let length = sequenceLength(of: byte)
            let end = min(index + length, body.count)
            var isLiteral = length == 1 && isLiteral(body, at: index, isLineStart: column == 0)
            if column + (isLiteral ? 1 : 3 * length) >= maximumLineLength {
                output.append(UInt8(ascii: "="))
                output.append(carriageReturn)
                output.append(lineFeed)
                column = 0
                isLiteral = isLiteral && TransferEncoding.isLiteral(body, at: index, isLineStart: true)
            }
            if isLiteral {
                output.append(byte)
                column += 1
            } else {
                for byte in body[index..<end] {
                    output.append(UInt8(ascii: "="))
                    output.append(digit(byte >> 4))
                    output.append(digit(byte & 15))
                    column += 3
                }
            }
            index = end
        }
    }

    private static func isLiteral(_ body: [UInt8], at index: Int, isLineStart: Bool) -> Bool {
        switch body[index] {
        case space, tab: body[index + 1] != carriageReturn
        case UInt8(ascii: "="): false
        case UInt8(ascii: "."): !isLineStart
        case UInt8(ascii: "F"): !(isLineStart && body[index...].starts(with: "From ".utf8))
        default: MailSyntax.isPrintable(body[index])
        }
    }

    /// Bytes of the UTF-8 sequence that a byte begins.
    private static func sequenceLength(of byte: UInt8) -> Int {
        switch byte {
        case 0xf0...: 4
        case 0xe0...: 3
        case 0xc0...: 2
        default: 1
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }

    // MARK: - Base64 (RFC 2045 section 6.8)

    private static let bytesPerLine = maximumLineLength / 4 * 3

    private static func appendBase64(_ body: [UInt8], to output: inout [UInt8]) {
        for lineStart in stride(from: 0, to: body.count, by: bytesPerLine) {
            let lineEnd = min(lineStart + bytesPerLine, body.count)
            Base64Encoding.append(body[lineStart..<lineEnd], to: &output)
            output.append(carriageReturn)
            output.append(lineFeed)
        }
    }
}
