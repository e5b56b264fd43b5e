/// A recipient whom a report is about, and what it says of that one.
struct FailedRecipient: Sendable {
    var address: String?
    /// RFC 3464 section 2.3.3: failed, delayed, delivered, relayed, expanded; in lower case.
    var action = ""
    var status: String?
    /// What the other system has said, else the reporter's own words on it.
    var diagnostic: [String] = []
    var remoteMTA: String?
    /// What the report says to people of this recipient.
    var lines: [String] = []
}

extension Report {
    /// Those whom the report names, by the fields made for it, else by the form of its text.
    func recipients() -> [FailedRecipient] {
        var found = fromStatus()
        if found.isEmpty { found = fromText() }
        return Array(found.prefix(FieldGroups.mostGroups))
    }

    private func fromStatus() -> [FailedRecipient] {
        var found: [FailedRecipient] = []
        let text = AddressLines(lines)
        let reported = statusGroups.flatMap { [$0["final-recipient"], $0["original-recipient"]] }
        let all = Set(reported.compactMap { $0.flatMap(Address.ofField)?.lowercased() })
        for group in statusGroups {
            let final = group["final-recipient"] ?? group["final-rcpt"]
            let fields = [group["original-recipient"], final, group["x-actual-recipient"]].compactMap { $0 }
            guard
                !fields.isEmpty || group["action"] != nil
                    || group["status"] != nil && group["diagnostic-code"] != nil
            else { continue }
            var recipient = FailedRecipient()
            let addresses = fields.compactMap { Address.ofField($0) }
            recipient.address = addresses.first { $0.contains("@") } ?? addresses.first
            recipient.action = (group["action"] ?? "").lowercased().trimmed.prefix { $0.isLetter }.description
            recipient.status = group["status"].flatMap { CodeScanner.codes(in: $0).status }
            recipient.remoteMTA = group["remote-mta"].flatMap(Self.name)
            recipient.diagnostic = group.all("diagnostic-code").map(Self.diagnostic)
            recipient.diagnostic += group.all("x-supplementary-info") + group.all("x-qmail-error")
            if let comment = group["status"], comment.contains("(") { recipient.lines = [comment] }
            recipient.lines += text.block(of: addresses, among: all)
            let isKnown = found.contains {
                $0.address.map { $0.lowercased() } == recipient.address?.lowercased()
                    && $0.diagnostic == recipient.diagnostic && $0.status == recipient.status
                    && recipient.address != nil
            }
            if !isKnown { found.append(recipient) }
        }
        return found
    }

    /// What the other system said where the reporter puts words of its own around it, as Cisco's and SES's servers do:
    /// `5.1.0 - Unknown address error 550-'5.7.1 …' (delivery attempts: 0)`.
    private static func unwrapped(_ text: String) -> String {
        let bytes = Array(text.utf8)
        guard
            let mark = bytes.indices.dropFirst(4).first(where: {
                bytes[$0] == UInt8(ascii: "'") && bytes[$0 - 1] == UInt8(ascii: "-")
                    && bytes[($0 - 4)..<($0 - 1)].allSatisfy(CodeScanner.isDigit)
            }), let end = bytes.lastIndex(of: UInt8(ascii: "'")), end > mark + 1
        else { return text }
        return String(
            decoding: bytes[(mark - 4)..<(mark - 1)] + [UInt8(ascii: " ")] + bytes[(mark + 1)..<end],
            as: UTF8.self)
    }

    /// `smtp; 550 …` without its type.
    private static func diagnostic(_ field: String) -> String {
        guard let semicolon = field.utf8.firstIndex(of: UInt8(ascii: ";")) else { return field }
        let type = field[..<semicolon].trimmed.lowercased()
        guard type.utf8.count <= 20,
            type.utf8.allSatisfy({ $0 == 0x2D || CodeScanner.isDigit($0) || (0x61...0x7A).contains($0) })
        else { return field }
        // Postfix's and others' own words are marked by the type: `X-Postfix`, `X-Notes`, `X-UNIX`.
        let rest = unwrapped(field[field.utf8.index(after: semicolon)...].trimmed)
        return type == "smtp" ? rest : "\(type); \(rest)"
    }

}

/// Which lines of a report's text name which addresses; made once, for all recipients.
struct AddressLines: Sendable {
    private let lines: [String]
    /// In the order of the text; addresses in lower case.
    private let named: [(line: Int, addresses: [String])]

    init(_ lines: [String]) {
        self.lines = lines
        named = lines.enumerated().compactMap { index, line in
            let addresses = Address.all(in: line).map { $0.lowercased() }
            return addresses.isEmpty ? nil : (index, addresses)
        }
    }

    /// The lines on a recipient: from the first that names it to the next that names another one of `all`; all lines
    /// where there is no other, none where others are named and this one is not.
    func block(of own: [String], among all: Set<String>) -> [String] {
        let own = own.map { $0.lowercased() }
        guard all.count > 1 else { return lines }
        guard let start = named.firstIndex(where: { !Set($0.addresses).isDisjoint(with: own) }) else {
            return []
        }
        let others = all.subtracting(own)
        let end = named[start...].dropFirst().first { !others.isDisjoint(with: $0.addresses) }
        return Array(lines[named[start].line..<(end?.line ?? lines.count)])
    }
}
