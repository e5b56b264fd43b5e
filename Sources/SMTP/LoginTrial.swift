package import Deliverability

/// How far a trial of a submission server came.
package struct LoginTrial: Sendable, Hashable {
    /// What is done one after the other.
    package enum Step: String, Sendable, Hashable, CaseIterable {
        /// What this machine needs for it: certificate authorities, memory.
        case preparation
        case resolve, connect
        /// The server's greeting and EHLO.
        case greeting
        case tls
        case authentication
        /// MAIL FROM, RCPT TO and DATA, where a mail was to be sent.
        case mail
        case done
    }

    /// The step that failed, or `done`.
    package var step: Step
    /// The server's last words: its refusal where a step failed; `nil` where it refused nothing.
    package var reply: SMTPReply?
    /// What went wrong, free of secrets; `nil` where nothing did.
    package var failure: String?
    /// What the server said, line by line, the latest last; never what it was told.
    package var transcript: [String]
    package var duration: Duration

    package init(
        step: Step, reply: SMTPReply? = nil, failure: String? = nil, transcript: [String] = [],
        duration: Duration = .zero
    ) {
        self.step = step
        self.reply = reply
        self.failure = failure
        self.transcript = transcript
        self.duration = duration
    }
}
