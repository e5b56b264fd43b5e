package import Campaigns
internal import TextSearch

/// Turns a recipient's values into a mail: the campaign's templates, compiled once.
package struct MessageRenderer: Sendable {
    /// Variables that every template may use without a column of that name.
    package static let builtInVariables: Set<String> = ["email", "unsubscribe_url", "preview_url"]

    private let content: Plan.Content
    private let subject: MustacheTemplate
    private let html: MustacheTemplate?
    private let text: MustacheTemplate?
    private let links: LinkConfiguration

    /// The links that mails carry.
    package struct LinkConfiguration: Sendable {
        package var unsubscribe: UnsubscribeLinks
        /// An https URL in which `{campaign}` stands for the campaign; `nil` where there is no such page.
        package var preview: String?
        package init(unsubscribe: UnsubscribeLinks, preview: String? = nil) {
            self.unsubscribe = unsubscribe
            self.preview = preview
        }
    }

    private let subjectFile: String

    /// Compiles the templates.
    ///
    /// - Parameter subjectFile: what messages call the subject's template.
    /// - Throws: ``Problems``, one for each template that is wrong.
    package init(_ content: Plan.Content, subjectFile: String = "subject", links: LinkConfiguration)
        throws(Problems)
    {
        self.subjectFile = subjectFile
        self.content = content
        self.links = links
        var problems: [Problem] = []
        func compile(_ source: String, _ file: String, _ escaping: MustacheTemplate.Escaping)
            -> MustacheTemplate?
        {
            do throws(Problem) {
                return try MustacheTemplate(source, file: file, escaping: escaping)
            } catch {
                problems.append(error)
                return nil
            }
        }
        let subject = compile(content.subject, subjectFile, .none)
        html = content.html.flatMap { compile($0.source, $0.file, .html) }
        text = content.text.flatMap { compile($0.source, $0.file, .none) }
        guard let subject, problems.isEmpty else { throw Problems(problems) }
        self.subject = subject
    }

    /// A variable that a template needs, and where.
    package struct Need: Sendable {
        package var file: String
        package var variable: MustacheTemplate.Variable
    }

    /// All variables that the templates look up, in order of appearance, each once a template.
    package var needs: [Need] {
        subject.variables.map { Need(file: subjectFile, variable: $0) }
            + (html?.variables ?? []).map { Need(file: content.html?.file ?? "", variable: $0) }
            + (text?.variables ?? []).map { Need(file: content.text?.file ?? "", variable: $0) }
    }

    /// Where a mail stands in its run.
    package struct Place: Sendable {
        package var batch: BatchID
        /// Counted from 0 within the batch.
        package var index: Int
        package init(batch: BatchID, index: Int) {
            self.batch = batch
            self.index = index
        }
    }

    /// Fixes the order in which recipients' values come.
    package func bound(to variables: [String]) -> MailMaker {
        let columns = variables + ["email", "unsubscribe_url", "preview_url"]
        return MailMaker(
            content: content, links: links, subject: subject.bound(to: columns),
            html: html?.bound(to: columns),
            text: text?.bound(to: columns))
    }
}

/// Makes the mails of a run: templates and the order of their values, fixed.
package struct MailMaker: Sendable {
    fileprivate let content: Plan.Content
    fileprivate let links: MessageRenderer.LinkConfiguration
    fileprivate let subject: RowTemplate
    fileprivate let html: RowTemplate?
    fileprivate let text: RowTemplate?

    /// Makes one recipient's mail.
    package func mail(to recipient: PlannedRecipient, place: MessageRenderer.Place) -> OutgoingMail {
        let run = place.batch.run
        let unsubscribe = links.unsubscribe.url(
            of: Subscriber(campaign: run.campaign, address: recipient.to))
        let preview = links.preview?.replacing(text: "{campaign}", with: run.campaign.rawValue)
        let values = recipient.values + [recipient.to, unsubscribe, preview ?? ""]

        let tags = content.tags.merging(MessageTags.tags(of: place.batch, index: place.index)) { $1 }

        return OutgoingMail(
            from: Mailbox(name: content.fromName, address: content.fromAddress),
            to: Mailbox(address: recipient.to),
            replyTo: content.replyTo.map { Mailbox(address: $0) },
            subject: HeaderText.withoutControls(subject.render(values)),
            html: html?.render(values), text: text?.render(values),
            headers: content.headers.map { .init(name: $0.name, value: $0.value) } + [
                .init(name: "List-Unsubscribe", value: "<\(unsubscribe)>"),
                .init(name: "List-Unsubscribe-Post", value: "List-Unsubscribe=One-Click"),
            ],
            configurationSet: content.configurationSet, tags: tags)
    }
}
