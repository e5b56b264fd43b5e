/// Collects the head of the final response from libcurl's header lines; interim (1xx) responses are passed over.
struct ResponseHead {
    /// Bytes of header lines that a response may have, interim ones included.
    static let maximumBytes = 128 << 10

    /// Fields there is room for from the start.
    private static let usualFields = 16

    private enum Phase { case statusLine, fields, complete }

    private(set) var status = 0
    private(set) var headers = HTTPHeaders()
    private(set) var contentLength: Int?
    private var phase = Phase.statusLine
    private var bytes = 0

    var isComplete: Bool { phase == .complete }

    enum Step { case more, complete, tooLarge, malformed }

    /// Takes one line, with its line break. After the head come only trailers, which are passed over.
    mutating func take(_ line: UnsafeRawBufferPointer) -> Step {
        bytes += line.count
        guard bytes <= ResponseHead.maximumBytes else { return .tooLarge }
        let line = line.trimmingLineBreak
        switch phase {
        case .complete:
            return .more
        case .statusLine:
            guard let status = ResponseHead.status(of: line) else { return .malformed }
            self.status = status
            headers = HTTPHeaders()
            headers.reserveCapacity(ResponseHead.usualFields)
            contentLength = nil
            phase = .fields
        case .fields where line.isEmpty:
            phase = (100..<200).contains(status) ? .statusLine : .complete
            return phase == .complete ? .complete : .more
        case .fields:
            take(field: line)
        }
        return .more
    }

    private mutating func take(field line: UnsafeRawBufferPointer) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return }
        let name = String(decoding: line[..<colon], as: UTF8.self)
        let value = UnsafeRawBufferPointer(rebasing: line[(colon + 1)...]).trimmingBlanks
        headers.add(name, String(decoding: value, as: UTF8.self))
        if name.equalsIgnoringASCIICase("Content-Length") {
            contentLength = Int(String(decoding: value, as: UTF8.self))
        }
    }

    /// RFC 9112 section 4: `HTTP/1.1 200 OK`.
    private static func status(of line: UnsafeRawBufferPointer) -> Int? {
        guard let blank = line.firstIndex(of: UInt8(ascii: " ")), line.count >= blank + 4 else { return nil }
        let digits = line[(blank + 1)...(blank + 3)]
        guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }
}

extension UnsafeRawBufferPointer {
    fileprivate var trimmingLineBreak: UnsafeRawBufferPointer {
        var end = count
        while end > 0, self[end - 1] == UInt8(ascii: "\n") || self[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: self[..<end])
    }

    fileprivate var trimmingBlanks: UnsafeRawBufferPointer {
        func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        guard let first = firstIndex(where: { !isBlank($0) }), let last = lastIndex(where: { !isBlank($0) })
        else { return UnsafeRawBufferPointer(rebasing: self[..<0]) }
        return UnsafeRawBufferPointer(rebasing: self[first...last])
    }
}
