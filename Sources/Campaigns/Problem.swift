/// Something that stops the work, told so that a person can mend it: what, where, and what to do.
package struct Problem: Error, Sendable, Hashable {
    /// What kind of failure it is; the command line turns it into an exit status.
    package enum Kind: String, Sendable, Hashable {
        /// The command or event asks for something that cannot be.
        case usage
        /// An input is wrong: a campaign file, a list, a template, an event.
        case invalidInput
        /// A file, campaign or run that is named does not exist.
        case notFound
        /// A service cannot be reached or fails; later it may work.
        case unavailable
        /// Credentials are missing, wrong or expired, or permission is refused.
        case accessDenied
        /// The deployment is wrong: environment, bucket, table, queue, Region, identity.
        case configuration
        /// Somebody or something stopped the run on purpose: paused, cancelled, too late, not approved.
        case refused
        /// A defect of this program.
        case software
    }

    package var kind: Kind
    /// The file or object, as its owner calls it: `campaigns/paul-simon/recipients.csv`.
    package var file: String?
    /// Counted from 1.
    package var line: Int?
    /// Counted from 1, in characters.
    package var column: Int?
    /// JSON path, CSV column or environment variable.
    package var key: String?
    /// What is wrong, one sentence without a final stop.
    package var message: String
    /// What mends it, an imperative sentence without a final stop, or a question with its mark.
    package var remedy: String?

    package init(
        _ kind: Kind, file: String? = nil, line: Int? = nil, column: Int? = nil, key: String? = nil,
        _ message: String, remedy: String? = nil
    ) {
        self.kind = kind
        self.file = file
        self.line = line
        self.column = column
        self.key = key
        self.message = message
        self.remedy = remedy
    }
}

/// Everything found wrong at once.
package struct Problems: Error, Sendable {
    /// Never empty.
    package var all: [Problem]
    package init(_ all: [Problem]) { self.all = all }
}

extension Problem: CustomStringConvertible {
    /// `file:line:column: key: message. remedy.`
    package var description: String {
        var place = file ?? ""
        if let line {
            place += place.isEmpty ? "line \(line)" : ":\(line)"
            if let column { place += ":\(column)" }
        }
        let head = [place, key ?? ""].filter { !$0.isEmpty }.joined(separator: ": ")
        var text = (head.isEmpty ? "" : head + ": ") + message + "."
        if let remedy { text += " \(remedy)" + (remedy.hasSuffix("?") ? "" : ".") }
        return text
    }
}

extension Problems: CustomStringConvertible {
    package var description: String { all.map(\.description).joined(separator: "\n") }
}
