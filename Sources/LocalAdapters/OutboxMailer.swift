package import Campaigns
internal import Digests
internal import Glibc

/// Writes each mail into a folder as an `.eml` file, instead of sending it.
///
/// A file appears whole or not at all, however the process ends. A process that is killed after that and before it has
/// told anybody leaves an ambiguous mail, as a real service would: it is never sent again by itself. The files are not
/// forced onto the disk one by one: they are for looking at, and a power cut may take the last ones.
package struct OutboxMailer: Mailer {
    package let folder: String
    private let clock: any WallClock

    /// - Parameter folder: exists.
    package init(folder: String, clock: any WallClock) {
        self.folder = folder
        self.clock = clock
    }

    package func send(_ mail: OutgoingMail) async -> MailerOutcome {
        let fingerprint = mail.fingerprint
        let name = "\(folder)/\(OutboxMailer.readable(mail.to.address))-\(fingerprint.prefix(16))"
        let date = clock.now()
        do {
            // Names follow from the mail: should the very same one be sent twice, both show, side by side.
            for copy in 1... {
                let suffix = copy == 1 ? "" : "-\(copy)"
                let messageID = "\(fingerprint)\(suffix)@outbox.invalid"
                let message = try MIMEMessage(mail, messageID: messageID, date: date)
                if try add(message, as: "\(name)\(suffix).eml") { return .accepted(messageID: messageID) }
            }
            return .stopped(reason: "The outbox \(folder) takes no mail: no name is left for it")
        } catch let problem as Problem {
            return .rejected(reason: problem.description)
        } catch {
            return .stopped(reason: "The outbox \(folder) takes no mail: \(error)")
        }
    }

    /// - Returns: `false` if there is a file of that name.
    private func add(_ message: MIMEMessage, as name: String) throws(Errno) -> Bool {
        let file = TemporaryFile(in: folder)
        try file.write(message.bytes)
        do {
            try file.link(to: name)
        } catch {
            guard error == .fileExists else { throw error }
            return false
        }
        return true
    }

    /// The address as far as it may stand in a file's name anywhere.
    private static func readable(_ address: String) -> String {
        let characters = address.lowercased().utf8.prefix(64).map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
            case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "@"), UInt8(ascii: "+"): byte
            default: UInt8(ascii: "_")
            }
        }
        let text = String(decoding: characters, as: UTF8.self)
        // A leading dot would hide it, a leading hyphen looks like an option.
        return text.hasPrefix(".") || text.hasPrefix("-") ? "_" + text.dropFirst() : text
    }
}

extension OutgoingMail {
    /// 128 bits of a digest over all that makes a mail, in hexadecimal.
    fileprivate var fingerprint: String {
        var texts: [String?] = ([from, to] + replyTo).flatMap { [$0.name, $0.address] }
        texts += [subject, html, text, configurationSet]
        texts += headers.flatMap { [$0.name, $0.value] }
        texts += tags.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
        var digest = SHA256()
        for text in texts {
            // Each text is preceded by its length, so that no two lists of texts look the same.
            digest.update(Array("\(text?.utf8.count ?? -1):\(text ?? "")".utf8))
        }
        return digest.finish().prefix(16).hexadecimal
    }
}
