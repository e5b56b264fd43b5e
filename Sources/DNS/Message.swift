/// An answer as it comes from a name server (RFC 1035 section 4): what of it is read here.
struct Message {
    /// RCODE: 0 is no error.
    var code: Int
    var records: [Entry] = []

    struct Entry {
        var owner: DomainName
        var type: RecordType
        var record: Record
    }

    enum ReadError: Error { case malformed }

    /// Reads the header and the answer section. Records of other types and classes are passed over.
    init(_ bytes: UnsafeRawBufferPointer) throws(ReadError) {
        var reader = MessageReader(bytes)
        _ = try reader.number16()
        let flags = try reader.number16()
        let isResponse: UInt16 = 0x8000
        guard flags & isResponse != 0 else { throw .malformed }
        code = Int(flags & 0xF)
        let questions = try reader.number16()
        let answers = try reader.number16()
        _ = try reader.number32()
        for _ in 0..<questions {
            _ = try reader.name()
            _ = try reader.number32()
        }
        for _ in 0..<answers { if let entry = try reader.entry() { records.append(entry) } }
    }

    /// What it says to a question.
    ///
    /// - Returns: where the CNAMEs lead out of the message, the outcome is ``Answer/Outcome/noData``.
    func answer(to name: DomainName, _ type: RecordType) -> Answer {
        var targets: [DomainName: DomainName] = [:]
        if type != .cname {
            for entry in records where entry.type == .cname {
                if case .name(let target) = entry.record { targets[entry.owner] = target }
            }
        }
        var owner = name
        var aliases: [DomainName] = []
        while let target = targets[owner] {
            guard aliases.count < Answer.longestChain else {
                return Answer(.failed(.aliasLoop), aliases: aliases)
            }
            aliases.append(target)
            owner = target
        }
        switch code {
        case 0:
            let found = records.filter { $0.type == type && $0.owner == owner }.map(\.record)
            return Answer(found.isEmpty ? .noData : .records(found), aliases: aliases)
        case 2: return Answer(.failed(.serverFailure), aliases: aliases)
        case 3: return Answer(.noSuchName, aliases: aliases)
        case 5: return Answer(.failed(.refused), aliases: aliases)
        default: return Answer(.failed(.serverError(code: code)), aliases: aliases)
        }
    }
}

/// Goes through a message byte by byte, and never beyond its end.
private struct MessageReader {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func number8() throws(Message.ReadError) -> UInt8 {
        guard position < bytes.count else { throw .malformed }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func number16() throws(Message.ReadError) -> UInt16 {
        let high = try number8()
        return UInt16(high) << 8 | UInt16(try number8())
    }

    mutating func number32() throws(Message.ReadError) -> UInt32 {
        let high = try number16()
        return UInt32(high) << 16 | UInt32(try number16())
    }

    mutating func take(_ count: Int) throws(Message.ReadError) -> [UInt8] {
        guard count <= bytes.count - position else { throw .malformed }
        defer { position += count }
        return Array(bytes[position..<position + count])
    }

    /// A name, whose end may lie further forward (section 4.1.4). Each pointer must lead further forward than the one before:
    /// so it comes to an end.
    mutating func name() throws(Message.ReadError) -> DomainName {
        var labels: [[UInt8]] = []
        var length = 1
        var end: Int?
        var limit = position
        while true {
            let first = try number8()
            switch first >> 6 {
            case 0 where first == 0:
                if let end { position = end }
                guard let name = DomainName(labels: labels) else { throw .malformed }
                return name
            case 0:
                length += Int(first) + 1
                guard length <= DomainName.longestName else { throw .malformed }
                labels.append(try take(Int(first)))
            case 3:
                let target = Int(first & 0x3F) << 8 | Int(try number8())
                if end == nil { end = position }
                guard target < limit else { throw .malformed }
                limit = target
                position = target
            default: throw .malformed
            }
        }
    }

    /// - Returns: `nil` of a record that is not of the Internet class, or of another type.
    mutating func entry() throws(Message.ReadError) -> Message.Entry? {
        let owner = try name()
        let type = RecordType(rawValue: try number16())
        let internet: UInt16 = 1
        let isInternet = try number16() == internet
        _ = try number32()
        let length = Int(try number16())
        guard length <= bytes.count - position else { throw .malformed }
        let end = position + length
        defer { position = end }
        guard let type, isInternet else { return nil }
        let record = try record(type, length: length)
        guard position == end else { throw .malformed }
        return Message.Entry(owner: owner, type: type, record: record)
    }

    private mutating func record(_ type: RecordType, length: Int) throws(Message.ReadError) -> Record {
        switch type {
        case .a, .aaaa:
            guard length == (type == .a ? 4 : 16), let address = IPAddress(bytes: try take(length)) else {
                throw .malformed
            }
            return .address(address)
        case .ns, .cname, .ptr: return .name(try name())
        case .mx:
            let preference = Int(try number16())
            return .exchange(preference: preference, try name())
        case .txt:
            let end = position + length
            var strings: [[UInt8]] = []
            while position < end {
                let count = Int(try number8())
                guard count <= end - position else { throw .malformed }
                strings.append(try take(count))
            }
            return .text(strings)
        case .soa:
            let primary = try name()
            let contact = try name()
            let serial = try number32()
            _ = try take(16)
            return .soa(primary: primary, contact: contact, serial: serial)
        }
    }
}
