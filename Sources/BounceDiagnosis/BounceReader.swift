/// Says of a bounce message, a feedback report or an event of SES what failed, and what mends it.
package enum BounceReader {
    /// Why something cannot be explained.
    package enum Failure: Error, Sendable, Hashable {
        /// It is no message and no event.
        case unreadable
        /// It is a message or an event, and none that tells of a mail that was not delivered.
        case noBounce(what: String)
    }

    /// What a file holds.
    package struct Contents: Sendable {
        /// One for each recipient.
        package var explanations: [Explanation] = []
        /// Why the last message that could not be explained could not.
        package var failure: Failure?
        /// Whether it is an mbox, of several messages.
        package var isMailbox = false
        /// Whether it has more than ``mostMessages``, which were not looked at.
        package var isCut = false
    }

    /// Of an mbox.
    package static let mostMessages = Mailbox.mostMessages

    /// - Parameter file: what the bytes are called in the answer.
    /// - Returns: one diagnosis a recipient; never empty.
    package static func explain(_ bytes: [UInt8], file: String) throws(Failure) -> [Explanation] {
        let contents = read(bytes, file: file)
        guard !contents.explanations.isEmpty else { throw contents.failure ?? .unreadable }
        return contents.explanations
    }

    /// - Parameter file: what the bytes are called in the answer.
    package static func read(_ bytes: [UInt8], file: String) -> Contents {
        var contents = Contents()
        if SESNotice.looksLikeOne(bytes) {
            contents.add { () throws(Failure) in try SESNotice.explain(bytes, file: file) }
            return contents
        }
        let messages = Mailbox.messages(bytes)
        contents.isMailbox = Mailbox.isOne(bytes)
        contents.isCut = messages.isCut
        for message in messages.first {
            contents.add { () throws(Failure) in try explain(message: message, file: file) }
        }
        return contents
    }

    private static func explain(message bytes: ArraySlice<UInt8>, file: String) throws(Failure)
        -> [Explanation]
    {
        guard let report = Report(message: Array(bytes)) else { throw .unreadable }
        // SNS sends events by mail, too, as the message's text.
        if let json = report.json, let diagnoses = try? SESNotice.explain(json, file: file) {
            return diagnoses
        }
        return try MessageDiagnosis(report: report, file: file).all()
    }
}

extension BounceReader.Contents {
    fileprivate mutating func add(_ explain: () throws(BounceReader.Failure) -> [Explanation]) {
        do throws(BounceReader.Failure) { explanations += try explain() } catch { failure = error }
    }
}
