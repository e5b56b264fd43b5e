internal import TextSearch

/// Recipients in reports that have no fields for them: what qmail, Exim, old Sendmail, Exchange and gateways write.
extension Report {
    /// How a line names a recipient; what comes first here goes before.
    private enum Naming: Int, CaseIterable {
        /// `<guest@example.com>:`, as qmail and Postfix begin a paragraph, and `guest@example.com` alone on a line.
        case heading
        /// `550 5.1.1 <…>... User unknown`, a line of a transcript that ends what is said of a recipient.
        case transcript
        /// `RCPT TO:<…>`, `Recipient address: …`, `The following address failed: …`.
        case labelled
        /// An address behind a reply code.
        case quoted
    }

    func fromText() -> [FailedRecipient] {
        let failed = header.all("x-failed-recipients").flatMap { Address.all(in: $0, limit: 50) }
        let own = ownAddresses
        var named: [(line: Int, naming: Naming, address: String)] = []
        for (index, line) in lines.enumerated() where named.count < 1000 {
            guard let (naming, addresses) = naming(line) else {
                continue
            }
            for address in addresses where !own.contains(address.lowercased()) && !Self.isSystem(address) {
                named.append((index, naming, address))
            }
        }
        if !failed.isEmpty {
            let known = Set(failed.map { $0.lowercased() })
            let text = AddressLines(lines)
            return distinct(failed).map { self.recipient($0, text.block(of: [$0], among: known)) }
        }
        for naming in Naming.allCases {
            let chosen = named.filter { $0.naming == naming }
            guard !chosen.isEmpty else { continue }
            let places = chosen.map { (line: $0.line, address: $0.address) }
            return naming == .transcript ? transcripts(places) : blocks(places)
        }
        // A report on a single mail says nothing of whom: it is the mail's own recipient.
        let originals = (original.all("to") + original.all("x-envelope-to") + original.all("delivered-to"))
            .flatMap { Address.all(in: $0) }
        let others = distinct(originals.filter { !own.contains($0.lowercased()) })
        if let address = others.first { return [recipient(address, lines)] }
        let anywhere = lines.prefix(200).flatMap { Address.all(in: $0) }.first {
            !own.contains($0.lowercased()) && !Self.isSystem($0)
        }
        return [recipient(anywhere ?? originals.first, lines)]
    }

    private func recipient(_ address: String?, _ lines: [String]) -> FailedRecipient {
        FailedRecipient(address: address, diagnostic: Self.quotedReplies(lines), lines: lines)
    }

    private func distinct(_ addresses: [String]) -> [String] {
        var seen: Set<String> = []
        return addresses.filter { seen.insert($0.lowercased()).inserted }
    }

    /// One recipient for each address; its lines are all paragraphs that it begins.
    private func blocks(_ named: [(line: Int, address: String)]) -> [FailedRecipient] {
        var order: [String] = []
        var blocks: [String: (address: String, lines: [String])] = [:]
        for (index, place) in named.enumerated() {
            let end =
                named[(index + 1)...].first { !Address.same($0.address, place.address) }?.line ?? lines.count
            let key = place.address.lowercased()
            if blocks[key] == nil { order.append(key) }
            let last = index > 0 && Address.same(named[index - 1].address, place.address)
            if !last {
                blocks[key, default: (place.address, [])].lines +=
                    lines[place.line..<max(end, place.line + 1)]
            }
        }
        let isAlone = order.count == 1
        return order.prefix(FieldGroups.mostGroups).compactMap { blocks[$0] }.map {
            recipient($0.address, isAlone ? lines : $0.lines)
        }
    }

    /// One recipient for each address; what is said of it stands before the line that names it.
    private func transcripts(_ named: [(line: Int, address: String)]) -> [FailedRecipient] {
        var found: [FailedRecipient] = []
        var start = 0
        for place in named {
            guard !found.contains(where: { $0.address.map { Address.same($0, place.address) } == true })
            else { continue }
            found.append(recipient(place.address, Array(lines[start...place.line])))
            start = place.line + 1
            if found.count == FieldGroups.mostGroups { break }
        }
        return found
    }

    /// Those that the report goes to, and the original's sender: none of them is the one that it could not be sent to.
    private var ownAddresses: Set<String> {
        let fields =
            header.all("to") + header.all("delivered-to") + header.all("x-original-to") + original.all("from")
            + original.all("return-path") + original.all("sender") + original.all("reply-to")
        return Set(fields.flatMap { Address.all(in: $0) }.map { $0.lowercased() })
    }

    private static func isSystem(_ address: String) -> Bool {
        let name = address.lowercased().prefix { $0 != "@" }
        return ["mailer-daemon", "postmaster", "abuse", "support", "helpdesk", "noreply", "no-reply"]
            .contains(String(name))
    }

    private func naming(_ line: String) -> (Naming, [String])? {
        guard line.utf8.contains(UInt8(ascii: "@")), line.utf8.count < 2000 else { return nil }
        let addresses = Address.all(in: line)
        guard let first = addresses.first else { return nil }
        let text = line.trimmed
        var rest = text.drop { "<>(\"'*-• ".contains($0) }
        if rest.prefix(7).lowercased() == "mailto:" { rest = rest.dropFirst(7) }
        if rest.hasPrefix(first) {
            let behind = rest.dropFirst(first.count).drop { ">\"')".contains($0) }
            let tail = String(behind).trimmed
            let isAlone =
                tail.isEmpty || tail.hasPrefix(":") || tail.hasPrefix("<") || tail.hasPrefix("(")
                || tail.hasPrefix("...") || tail.hasPrefix(",") || tail.hasPrefix(";")
            if isAlone || text.hasPrefix("<") { return (.heading, tail.hasPrefix(",") ? addresses : [first]) }
        }
        if let code = text.utf8.split(separator: UInt8(ascii: " "), maxSplits: 1).first,
            CodeScanner.reply(code) != nil,
            text.contains(text: first + ">... ") || text.contains(text: first + "... ")
        {
            return (.transcript, [first])
        }
        let lower = text.lowercased()
        if Self.labels.contains(where: { lower.contains(text: $0) }) {
            return (.labelled, [addresses.last ?? first])
        }
        if CodeScanner.codes(in: text).isEmpty == false { return (.quoted, [first]) }
        return nil
    }

    private static let labels = [
        "rcpt to", "recipient", "failed addresses", "undeliverable to", "delivery to", "deliver to",
        "delivering your mail to", "address failed", "could not be delivered to", "message to", "email to",
        "mail to", "sent to", "destination", "to:",
        "delivered to",
        "did not reach", "for <", "to <",
    ]

    /// What another system has said, as far as the text marks it: a reply code of a failure at the beginning of a line, or
    /// behind `said:`, `<<<`, `Out:`, `host … [192.0.2.1]:` and `reason:`; and what follows until the paragraph ends.
    static func quotedReplies(_ lines: [String]) -> [String] {
        var replies: [String] = []
        var index = 0
        while index < lines.count, replies.count < 20 {
            defer { index += 1 }
            guard let begun = reply(in: lines[index]) else { continue }
            var reply = begun
            // Folded lines are deeper than a line's beginning, and no reply themselves.
            while index + 1 < lines.count, reply.utf8.count < 2000, isFolded(lines[index + 1]) {
                index += 1
                reply += " " + lines[index].trimmed
            }
            replies.append(reply)
        }
        let telling = replies.filter { emptyWords.matches(in: Transcript([$0]).bytes).isEmpty }
        return telling.isEmpty ? replies : telling
    }

    /// What Sendmail adds by itself, and what a server answers to DATA once it has refused all recipients.
    private static let emptyWords = PhraseSearch([
        "554 5.0.0 service unavailable", "554 5.5.1 error: no valid recipients", "503 * need rcpt",
        "503 need rcpt",
        "503 * no recipients", "no valid recipients, bye",
    ])

    private static func isFolded(_ line: String) -> Bool {
        guard line.first == " " || line.first == "\t", !line.allSatisfy(\.isWhitespace) else { return false }
        let text = line.trimmed
        return reply(in: text) == nil
            && !["<<<", ">>>", "...", "---", "In: ", "Out: "].contains { text.hasPrefix($0) }
    }

    private static func reply(in line: String) -> String? {
        let text = line.utf8.count < 4000 ? line.trimmed : String(line.prefix(4000)).trimmed
        if text.hasPrefix("<<< ") { return Self.failing(text.dropFirst(4)) }
        if let reply = failing(text[...]) { return reply }
        for mark in [" said: ", ": ", "(reason: ", ", "] {
            var from = text.startIndex
            while let range = text.firstRange(ofText: mark, from: from) {
                if let reply = failing(text[range.upperBound...]) { return reply }
                from = range.upperBound
            }
        }
        return nil
    }

    /// The text, if it begins with the code of a refusal.
    private static func failing(_ text: Substring) -> String? {
        var rest = text.drop { $0 == " " || $0 == "#" || $0 == "\"" || $0 == "'" }
        if rest.prefix(5).lowercased() == "smtp;" { rest = rest.dropFirst(5).drop { $0 == " " } }
        guard let first = rest.utf8.first, first == UInt8(ascii: "4") || first == UInt8(ascii: "5"),
            let word = rest.utf8.split(separator: UInt8(ascii: " "), maxSplits: 1).first, rest.utf8.count > 4,
            CodeScanner.reply(word) != nil || CodeScanner.status(word) != nil
                || word.split(separator: UInt8(ascii: "-"), maxSplits: 1).first.flatMap(CodeScanner.reply)
                    != nil
        else { return nil }
        return String(rest)
    }
}
