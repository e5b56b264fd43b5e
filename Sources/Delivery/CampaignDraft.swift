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
    /// campaign.json and the templates, as they were read.
    package let files: CampaignFiles

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

    /// Reads and checks all files of a campaign but its lists.
    ///
    /// - Throws: ``Problems`` with all that is wrong.
    package static func load(
        _ id: CampaignID, from library: any CampaignLibrary, clock: any WallClock,
        addresses: any DomainEncoder,
        links: MessageRenderer.LinkConfiguration
    ) async throws -> CampaignDraft {
        let (campaign, object) = try await metadata(of: id, in: library, clock: clock, addresses: addresses)
        var problems: [Problem] = []
        var files = CampaignFiles()
        try files.add(metadataKey(of: id), of: id, sha256: SHA256.hash(object.bytes).hexadecimal)

        func template(_ file: String?) async throws -> Plan.Content.Template? {
            guard let file else { return nil }
            let key = folder(of: id) + file
            do {
                let bytes = try await library.read(key, maximumBytes: maximumTemplateBytes).bytes
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
        func missing(_ key: String) -> Problem {
            Problem(
                .invalidInput, file: key, "\(metadataKey(of: id)) names this file, and it does not exist",
                remedy: "Add the file, or correct its name in campaign.json")
        }

        let html = try await template(campaign.html)
        let text = try await template(campaign.text)
        for list in [campaign.recipients] + campaign.exclude {
            let key = folder(of: id) + list
            do {
                _ = try await library.open(key)
            } catch let problem as Problem where problem.kind == .notFound {
                problems.append(missing(key))
            }
        }

        for tag in campaign.tags.keys.sorted() where MessageTags.names.contains(tag) {
            problems.append(
                Problem(
                    .invalidInput, file: metadataKey(of: id), key: "$.tags.\(tag)",
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
                content, subjectFile: "\(metadataKey(of: id)): $.subject", links: links)
        } catch {
            problems += error.all
        }
        for need in renderer?.needs ?? [] where need.variable.name == "preview_url" && links.preview == nil {
            problems.append(
                Problem(
                    .configuration, file: need.file, line: need.variable.line, column: need.variable.column,
                    key: "preview_url", "the template links to a preview page, and none is configured",
                    remedy: "Set JADA_BLAST_PREVIEW_URL, or take the link out"))
        }
        guard let renderer, problems.isEmpty else { throw Problems(problems) }
        return CampaignDraft(
            campaign: campaign, source: String(decoding: object.bytes, as: UTF8.self),
            version: object.version,
            content: content, renderer: renderer,
            zone: try campaign.schedule.map { try clock.zone(named: $0.timeZone) } ?? .utc, files: files)
    }

    /// What the templates look up and the list has to supply.
    package var needs: [MessageRenderer.Need] {
        renderer.needs.filter { !MessageRenderer.builtInVariables.contains($0.variable.name) }
    }
}
