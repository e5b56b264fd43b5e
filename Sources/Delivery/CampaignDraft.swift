package import Campaigns
internal import Digests

/// A campaign as its files are now: read, checked and compiled, not yet planned.
package struct CampaignDraft: Sendable {
    package let campaign: Campaign
    /// The text of campaign.json.
    package let source: String
    /// Version of campaign.json.
    package let version: String
    package let content: Plan.Content
    package let renderer: MessageRenderer
    /// The rules of the schedule's zone; UTC without a schedule.
    package let zone: TimeZoneRules
    /// campaign.json and the templates, its steps' too, as they were read.
    package fileprivate(set) var files: CampaignFiles
    /// The steps of the campaign's sequence, in order.
    package fileprivate(set) var steps: [CampaignDraft] = []

    /// Folder of a campaign's files.
    package static func folder(of id: CampaignID) -> String { "campaigns/\(id)/" }
    package static func metadataKey(of id: CampaignID) -> String { folder(of: id) + "campaign.json" }

    static let maximumMetadataBytes = 1 << 20
    static let maximumTemplateBytes = 8 << 20

    /// Reads `campaign.json` alone.
    ///
    /// - Throws: ``Problems`` with all that is wrong with it.
    package static func metadata(
        of id: CampaignID, in library: any CampaignLibrary, clock: any WallClock, addresses: any DomainEncoder
    ) async throws -> (campaign: Campaign, object: LibraryObject) {
        let key = metadataKey(of: id)
        let object: LibraryObject
        do {
            object = try await library.read(key, maximumBytes: maximumMetadataBytes)
        } catch let problem as Problem where problem.kind == .notFound {
            throw try await unknown(id, in: library)
        }
        let campaign = try CampaignFile.parse(
            object.bytes, file: key, id: id, clock: clock, domainEncoder: addresses)
        return (campaign, object)
    }

    /// - Throws: a ``Problem`` if there is no library at all.
    private static func unknown(_ id: CampaignID, in library: any CampaignLibrary) async throws -> Problem {
        var known: [String] = []
        do {
            known = try await library.campaigns().map(\.id.rawValue)
        } catch let problem as Problem where problem.kind == .notFound {
            throw problem
        } catch {
            // Names are a help, not a need: this worker may not be allowed to list them.
        }
        let near = known.near(id.rawValue)
        return Problem(
            .notFound, file: metadataKey(of: id), "there is no campaign '\(id)'",
            remedy: near.isEmpty
                ? "Correct the campaign's name, or put its folder into the library"
                : "Did you mean \(near.joined(separator: " or "))?")
    }

    /// Reads and checks all files of a campaign but its lists; those of its sequence, too.
    ///
    /// - Throws: ``Problems`` with all that is wrong.
    package static func load(
        _ id: CampaignID, from library: any CampaignLibrary, clock: any WallClock,
        addresses: any DomainEncoder,
        links: MessageRenderer.LinkConfiguration
    ) async throws -> CampaignDraft {
        let (campaign, object) = try await metadata(of: id, in: library, clock: clock, addresses: addresses)
        let reader = DraftReader(
            id: id, object: object, library: library, links: links,
            zone: try campaign.schedule.map { try clock.zone(named: $0.timeZone) } ?? .utc)
        var problems: [Problem] = []
        var files = try reader.files()
        let first = try await reader.read(
            campaign, lists: [campaign.recipients] + campaign.exclude, problems: &problems,
            files: &files)
        var steps: [CampaignDraft] = []
        for (index, step) in campaign.sequence.enumerated() {
            let draft = try await reader.read(
                step.campaign, lists: step.campaign.exclude, problems: &problems, files: &files,
                subject: step.campaign.subject == campaign.subject
                    ? "$.subject" : "$.sequence[\(index)].subject")
            if let draft { steps.append(draft) }
        }
        guard var draft = first, problems.isEmpty else { throw Problems(problems) }
        draft.steps = steps
        draft.files = files
        return draft
    }

    /// Reads and checks the files of one step of a campaign's sequence, and nothing that belongs to the first mail alone.
    ///
    /// - Throws: ``Problems`` with all that is wrong; a ``Problem`` if there is no such step.
    package static func load(
        _ id: CampaignID, step: StepID, from library: any CampaignLibrary, clock: any WallClock,
        addresses: any DomainEncoder, links: MessageRenderer.LinkConfiguration
    ) async throws -> (draft: CampaignDraft, step: SequenceStep) {
        let (campaign, object) = try await metadata(of: id, in: library, clock: clock, addresses: addresses)
        let index = try Self.index(of: step, in: campaign)
        let reader = DraftReader(
            id: id, object: object, library: library, links: links,
            zone: try campaign.schedule.map { try clock.zone(named: $0.timeZone) } ?? .utc)
        let found = campaign.sequence[index]
        var problems: [Problem] = []
        var files = try reader.files()
        let draft = try await reader.read(
            found.campaign, lists: found.campaign.exclude, problems: &problems, files: &files,
            subject: found.campaign.subject == campaign.subject
                ? "$.subject" : "$.sequence[\(index)].subject")
        guard let draft, problems.isEmpty else { throw Problems(problems) }
        return (draft, found)
    }

    /// What makes the mails of a step, or of the campaign's first one.
    ///
    /// - Throws: a ``Problem`` if there is no such step.
    package func renderer(of step: StepID?) throws(Problem) -> MessageRenderer {
        guard let step else { return renderer }
        return steps[try Self.index(of: step, in: campaign)].renderer
    }

    private static func index(of step: StepID, in campaign: Campaign) throws(Problem) -> Int {
        if let index = campaign.sequence.firstIndex(where: { $0.id == step }) { return index }
        let known = campaign.sequence.map { "\($0.id)" }.joined(separator: ", ")
        throw Problem(
            .notFound, file: metadataKey(of: campaign.id), key: "$.sequence",
            "the campaign has no step '\(step)'"
                + (known.isEmpty ? ": it has no sequence" : "; its steps are \(known)"),
            remedy: "Correct the step's name, or add it to the sequence")
    }

    /// What the templates look up and the list has to supply.
    ///
    /// Of the steps' templates, too: a plan holds the values of all mails that are to follow.
    package var needs: [MessageRenderer.Need] {
        var needs = ownNeeds
        for need in steps.flatMap(\.ownNeeds)
        where !needs.contains(where: { $0.file == need.file && $0.variable.name == need.variable.name }) {
            needs.append(need)
        }
        return needs
    }

    /// Those of ``needs`` that are its own templates'.
    package var ownNeeds: [MessageRenderer.Need] {
        renderer.needs.filter { !MessageRenderer.builtInVariables.contains($0.variable.name) }
    }
}

/// Reads the files that a mail is made of.
private struct DraftReader {
    let id: CampaignID
    /// campaign.json.
    let object: LibraryObject
    let library: any CampaignLibrary
    let links: MessageRenderer.LinkConfiguration
    let zone: TimeZoneRules

    /// campaign.json alone, to which what is read is added.
    func files() throws -> CampaignFiles {
        var files = CampaignFiles()
        try files.add(
            CampaignDraft.metadataKey(of: id), of: id, sha256: SHA256.hash(object.bytes).hexadecimal)
        return files
    }

    /// - Parameters:
    ///   - lists: files that have to exist.
    ///   - problems: what is wrong is added, unless it is told already.
    ///   - files: the templates are added.
    ///   - subject: where the subject stands in campaign.json.
    /// - Returns: `nil` if anything is wrong.
    func read(
        _ campaign: Campaign, lists: [String], problems: inout [Problem], files: inout CampaignFiles,
        subject: String = "$.subject"
    ) async throws -> CampaignDraft? {
        var found: [Problem] = []
        let html = try await template(campaign.html, problems: &found, files: &files)
        let text = try await template(campaign.text, problems: &found, files: &files)
        for list in lists {
            let key = CampaignDraft.folder(of: id) + list
            do {
                _ = try await library.open(key)
            } catch let problem as Problem where problem.kind == .notFound {
                found.append(missing(key))
            }
        }

        for tag in campaign.tags.keys.sorted() where MessageTags.names.contains(tag) {
            found.append(
                Problem(
                    .invalidInput, file: CampaignDraft.metadataKey(of: id), key: "$.tags.\(tag)",
                    "the worker sets the tag '\(tag)' itself", remedy: "Choose another name for it"))
        }

        let content = Plan.Content(
            subject: campaign.subject, fromName: campaign.from.name, fromAddress: campaign.from.address,
            replyTo: campaign.replyTo.map(\.address), html: html, text: text,
            configurationSet: campaign.configurationSet, tags: campaign.tags,
            headers: campaign.headers.map { .init(name: $0.name, value: $0.value) }, rate: campaign.rate)
        var renderer: MessageRenderer?
        do throws(Problems) {
            renderer = try MessageRenderer(
                content, subjectFile: "\(CampaignDraft.metadataKey(of: id)): \(subject)", links: links)
        } catch {
            found += error.all
        }
        for need in renderer?.needs ?? [] where need.variable.name == "preview_url" && links.preview == nil {
            found.append(
                Problem(
                    .configuration, file: need.file, line: need.variable.line, column: need.variable.column,
                    key: "preview_url", "the template links to a preview page, and none is configured",
                    remedy: "Set JADA_BLAST_PREVIEW_URL, or take the link out"))
        }
        // What a step has inherited is wrong in each of them.
        problems += found.filter { !problems.contains($0) }
        guard let renderer, found.isEmpty else { return nil }
        return CampaignDraft(
            campaign: campaign, source: String(decoding: object.bytes, as: UTF8.self),
            version: object.version, content: content, renderer: renderer, zone: zone, files: files)
    }

    private func template(
        _ file: String?, problems: inout [Problem], files: inout CampaignFiles
    ) async throws -> Plan.Content.Template? {
        guard let file else { return nil }
        let key = CampaignDraft.folder(of: id) + file
        do {
            let bytes = try await library.read(key, maximumBytes: CampaignDraft.maximumTemplateBytes).bytes
            try files.add(key, of: id, sha256: SHA256.hash(bytes).hexadecimal)
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw Problem(
                    .invalidInput, file: key, "is not valid UTF-8", remedy: "Save the file as UTF-8")
            }
            return Plan.Content.Template(
                file: key,
                source: text.hasPrefix("\u{FEFF}") ? String(text.unicodeScalars.dropFirst()) : text)
        } catch let problem as Problem where problem.kind == .notFound {
            problems.append(missing(key))
        } catch let problem as Problem where problem.kind == .invalidInput {
            problems.append(problem)
        }
        return nil
    }

    private func missing(_ key: String) -> Problem {
        Problem(
            .invalidInput, file: key,
            "\(CampaignDraft.metadataKey(of: id)) names this file, and it does not exist",
            remedy: "Add the file, or correct its name in campaign.json")
    }
}
