internal import TextSearch

/// The fields of a form or a query, in order.
struct FormFields: Sendable, Equatable {
    struct Field: Sendable, Equatable {
        var name: String
        var value: String
    }
    var fields: [Field] = []

    /// More than any form or link of ours has.
    private static let maximumCount = 64

    /// Parses a body as its Content-Type says: `multipart/form-data` (RFC 7578), else as a URL-encoded form.
    init(_ body: [UInt8], contentType: String?) {
        if let boundary = contentType.flatMap(Self.boundary) {
            self.init(multipart: body, boundary: boundary)
        } else {
            self.init(urlEncoded: body)
        }
    }

    /// Parses `application/x-www-form-urlencoded` (WHATWG URL Standard, section 5.1). Every text is one: what is no escape
    /// stands for itself.
    init(urlEncoded text: some Collection<UInt8>) {
        for pair in text.split(separator: UInt8(ascii: "&")).prefix(Self.maximumCount) {
            let parts = pair.split(
                separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            fields.append(
                Field(
                    name: Self.decode(parts[0], plusIsSpace: true),
                    value: parts.count > 1 ? Self.decode(parts[1], plusIsSpace: true) : ""))
        }
    }

    /// The first field of that name.
    subscript(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    /// As `application/x-www-form-urlencoded`: all that is not unreserved in a URL is escaped.
    var urlEncoded: String {
        fields.map { "\(Self.encode($0.name))=\(Self.encode($0.value))" }.joined(separator: "&")
    }

    /// Replaces `%XX` by its byte; what is then no UTF-8 is repaired.
    static func decode(_ text: some Collection<UInt8>, plusIsSpace: Bool) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let high = digit(rest[rest.startIndex]), let low = digit(rest[rest.startIndex + 1])
            {
                bytes.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func encode(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 0x0F)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}

// Multipart bodies (RFC 2046 section 5.1, RFC 7578).
extension FormFields {
    /// RFC 2046 section 5.1.1.
    private static let longestBoundary = 70

    private init(multipart body: [UInt8], boundary: String) {
        // The delimiter's line break belongs to it; the first one may stand at the very beginning.
        let delimiter = Array("\r\n--\(boundary)".utf8)
        var rest = ([0x0D, 0x0A] + body)[...]
        guard let first = rest.range(of: delimiter) else { return }
        rest = rest[first.upperBound...]
        while !rest.starts(with: "--".utf8), fields.count < Self.maximumCount,
            let end = rest.range(of: delimiter)
        {
            if let field = Self.field(of: rest[..<end.lowerBound]) { fields.append(field) }
            rest = rest[end.upperBound...]
        }
    }

    /// A part, from the end of its delimiter on. Files and what has no name are left out.
    private static func field(of part: ArraySlice<UInt8>) -> Field? {
        guard let end = part.range(of: Array("\r\n\r\n".utf8)) else { return nil }
        let headers = String(decoding: part[..<end.lowerBound], as: UTF8.self)
        for line in headers.pieces(around: "\r\n") {
            guard let colon = line.firstIndex(of: ":"),
                line[..<colon].lowercased() == "content-disposition"
            else { continue }
            let parameters = HeaderParameters(line[line.index(after: colon)...])
            guard parameters.value == "form-data", parameters["filename"] == nil,
                let name = parameters["name"]
            else { return nil }
            return Field(name: name, value: String(decoding: part[end.upperBound...], as: UTF8.self))
        }
        return nil
    }

    private static func boundary(ofContentType text: String) -> String? {
        let parameters = HeaderParameters(text[...])
        guard parameters.value == "multipart/form-data", let boundary = parameters["boundary"],
            (1...longestBoundary).contains(boundary.utf8.count)
        else { return nil }
        return boundary
    }
}

/// A header's value and its parameters: `form-data; name="a"` (RFC 9110 section 5.6.6).
private struct HeaderParameters {
    /// In lower case.
    let value: String
    private var parameters: [(name: String, value: String)] = []

    init(_ text: Substring) {
        var pieces: [[UInt8]] = [[]]
        var isQuoted = false
        var isEscaped = false
        for byte in text.utf8 {
            if isEscaped {
                pieces[pieces.count - 1].append(byte)
                isEscaped = false
            } else if isQuoted, byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if byte == UInt8(ascii: ";"), !isQuoted {
                pieces.append([])
            } else if isQuoted || byte != 0x20 && byte != 0x09 {
                pieces[pieces.count - 1].append(byte)
            }
        }
        value = String(decoding: pieces[0], as: UTF8.self).lowercased()
        for piece in pieces.dropFirst() {
            guard let equals = piece.firstIndex(of: UInt8(ascii: "=")) else { continue }
            parameters.append(
                (
                    name: String(decoding: piece[..<equals], as: UTF8.self).lowercased(),
                    value: String(decoding: piece[(equals + 1)...], as: UTF8.self)
                ))
        }
    }

    subscript(_ name: String) -> String? { parameters.first { $0.name == name }?.value }
}

extension ArraySlice<UInt8> {
    /// Where `bytes`, which must not be empty, stand first.
    fileprivate func range(of bytes: [UInt8]) -> Range<Int>? {
        var begin = startIndex
        while let found = self[begin...].firstIndex(of: bytes[0]) {
            if self[found...].starts(with: bytes) { return found..<(found + bytes.count) }
            begin = found + 1
        }
        return nil
    }
}
