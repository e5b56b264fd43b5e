import BounceDiagnosis
import Campaigns
import Foundation
import HostAdapters
import JSON

@testable import Delivery
@testable import Handlers

/// A parser that reads what comes from outside, fed with anything at all.
///
/// Whatever it is fed, it returns or throws what its interface says; what it accepts keeps the promises checked here.
enum FuzzedParser: String, CaseIterable, Sendable {
    /// Events of EventBridge, SQS, SNS and SES, and the queue's messages.
    case events
    /// `campaign.json`.
    case campaign
    /// Lists, and the addresses in them.
    case csv
    /// Mustache templates.
    case template
    /// What is asked of the unsubscribe page: requests, forms, languages, tokens.
    case requests
    /// What name servers answer, and the records of SPF, DKIM, DMARC and their like.
    case dns
    /// Bounces, feedback reports and what SES tells of mails.
    case bounces

    /// - Throws: a ``BrokenPromise``.
    func feed(_ bytes: [UInt8]) throws {
        switch self {
        case .events: try feedEvent(bytes)
        case .campaign: try feedCampaign(bytes)
        case .csv: try feedList(bytes)
        case .template: try feedTemplate(bytes)
        case .requests: try feedRequest(bytes)
        case .dns: try feedRecords(bytes)
        case .bounces: try feedBounce(bytes)
        }
    }
}

struct BrokenPromise: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

private func feedEvent(_ bytes: [UInt8]) throws {
    guard let event = try? JSONValue.event(bytes) else { return }
    if let trigger = try? TriggerEvent.parse(event), case .campaign(let id, _, _) = trigger,
        CampaignID(id.rawValue) != id
    {
        throw BrokenPromise("the campaign '\(id)' has a name that none may have")
    }
    if let mail = try? FeedbackHandler.mailEvent(event), mail.recipients.count > 100 {
        throw BrokenPromise("an event has \(mail.recipients.count) recipients")
    }
    for record in (try? SenderHandler.records(event)) ?? [] {
        _ = try? SenderHandler.message(record.body)
    }
    // Printed or sent on, it is the same event.
    guard try JSONValue.event(JSONEncoder().encode(event)) == event else {
        throw BrokenPromise("an event is another one once it has been written")
    }
}

private func feedCampaign(_ bytes: [UInt8]) throws {
    do throws(Problems) {
        _ = try CampaignFile.parse(
            bytes, file: "campaign.json", id: CampaignID("paul-simon")!, clock: SystemClock(),
            domainEncoder: IDNAEncoder())
    } catch {
        for problem in error.all where problem.message.isEmpty || problem.file != "campaign.json" {
            throw BrokenPromise("a problem does not say what is wrong, and where: \(problem)")
        }
        if error.all.isEmpty { throw BrokenPromise("a campaign is refused without a reason") }
    }
}

private func feedList(_ bytes: [UInt8]) throws {
    let whole = read(bytes, chunk: bytes.count)
    for chunk in [1, 3, 64] where read(bytes, chunk: chunk) != whole {
        throw BrokenPromise("a list that comes in pieces of \(chunk) bytes is read otherwise")
    }
    var parser = AddressParser(encoder: IDNAEncoder())
    for field in whole.records.joined() where field.withUnsafeBytes({ parser.parse($0) }) == nil {
        // Compared as strings of bytes: Swift's strings are equal where only their normal forms are.
        let sent = Array(parser.sent)
        let compared = Array(parser.compared)
        guard sent.withUnsafeBytes({ parser.parse($0) }) == nil, Array(parser.compared) == compared else {
            throw BrokenPromise("an address, as it is sent, is another one")
        }
        guard sent.allSatisfy({ (0x20..<0x7F).contains($0) }) else {
            throw BrokenPromise("an address would be sent with other bytes than printable ASCII")
        }
    }
}

private struct ReadList: Equatable {
    var records: [[[UInt8]]] = []
    var problem: String?
}

private func read(_ bytes: [UInt8], chunk: Int) -> ReadList {
    var list = ReadList()
    var reader = CSVReader(
        file: "list.csv", limits: .init(fieldBytes: 64, columns: 8, recordBytes: 256))
    func take(_ record: borrowing CSVRecord) {
        list.records.append((0..<record.count).map { Array(record[$0]) })
    }
    do {
        try bytes.withUnsafeBytes { bytes in
            var start = 0
            while start < bytes.count {
                let end = min(start + chunk, bytes.count)
                try reader.feed(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), record: take)
                start = end
            }
        }
        try reader.finish(record: take)
    } catch {
        list.problem = "\(error)"
    }
    return list
}

private func feedTemplate(_ bytes: [UInt8]) throws {
    let source = String(decoding: bytes, as: UTF8.self)
    for escaping in [MustacheTemplate.Escaping.html, .none] {
        guard
            let template = try? MustacheTemplate(
                source, file: "message.html", escaping: escaping, partials: ["footer": "-- {{name}}"])
        else { continue }
        let columns = template.variables.map(\.name)
        // What looks like a tag, or like HTML, in a value is neither.
        let values = columns.map { _ in "{{x}}<&\"'>" }
        let text = template.bound(to: columns).render(values)
        guard text == template.bound(to: columns).render(values) else {
            throw BrokenPromise("a template is rendered differently the second time")
        }
        _ = template.bound(to: []).render([])
    }
}

private func feedRequest(_ bytes: [UInt8]) throws {
    if let event = try? JSONValue.event(bytes) { _ = try? UnsubscribeHandler.request(event) }
    let text = String(decoding: bytes, as: UTF8.self)
    _ = Language(accepting: text)
    let keys = try UnsubscribeKeys(secrets: "0123456789abcdef")
    if let subscriber = keys.open(text), keys.seal(subscriber) != text {
        throw BrokenPromise("a token is accepted that was never sealed")
    }
    _ = FormFields(bytes, contentType: text)
    for form in [
        FormFields(urlEncoded: bytes), FormFields(bytes, contentType: "multipart/form-data; boundary=b"),
    ] where FormFields(urlEncoded: form.urlEncoded.utf8) != form {
        throw BrokenPromise("a form is another one once it has been written")
    }
}

private func feedBounce(_ bytes: [UInt8]) throws {
    guard let diagnoses = try? BounceReader.explain(bytes, file: "bounce.eml") else { return }
    guard !diagnoses.isEmpty else { throw BrokenPromise("a bounce is read, and nothing is said of it") }
    guard try BounceReader.explain(bytes, file: "bounce.eml") == diagnoses else {
        throw BrokenPromise("a bounce is explained differently the second time")
    }
    for diagnosis in diagnoses {
        let texts =
            diagnosis.evidence
            + [
                diagnosis.reporter, diagnosis.recipient, diagnosis.subject, diagnosis.messageID,
                diagnosis.status,
            ]
            .compactMap { $0 } + [diagnosis.meaning, diagnosis.remedy ?? ""]
        for text in texts
        where text.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }) {
            throw BrokenPromise("control characters would reach a terminal")
        }
        guard texts.allSatisfy({ $0.utf8.count < 8192 }) else { throw BrokenPromise("a text has no end") }
    }
}
