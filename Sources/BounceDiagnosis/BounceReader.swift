/// Says of a bounce message, a feedback report or an event of SES what failed, and what mends it.
package enum BounceReader {
    /// Why something cannot be explained.
    package enum Failure: Error, Sendable, Hashable {
        /// It is no message and no event.
        case unreadable
        /// It is a message or an event, and none that tells of a mail that was not delivered.
        case noBounce(what: String)
    }

    /// - Parameter file: what the bytes are called in the answer.
    /// - Returns: one diagnosis a recipient; never empty.
    package static func explain(_ bytes: [UInt8], file: String) throws(Failure) -> [Explanation] {
        if SESNotice.looksLikeOne(bytes) { return try SESNotice.explain(bytes, file: file) }
        var all: [Explanation] = []
        var failure = Failure.unreadable
        for message in Mailbox.messages(bytes) {
            do throws(Failure) { all += try explain(message: message, file: file) } catch { failure = error }
        }
        guard !all.isEmpty else { throw failure }
        return all
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
