internal import ArgumentParser
internal import BounceDiagnosis
internal import Campaigns
internal import Deliverability

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say of bounced mail what failed, on what evidence, and what mends it.",
        discussion: """
            Reads bounce messages as they are in a mailbox (.eml, mbox, a maildir's cur and new), feedback reports, and \
            events of SES as JSON, with or without the envelopes of SNS, SQS and EventBridge.

              jada-blast explain bounce.eml      saved by Gmail's "Download message"
              jada-blast explain ~/Maildir       every message that lies there
              jada-blast explain - < pasted.txt  what the mail program shows
              jada-blast explain *.eml --json | jq '.[] | {recipient, layer, remedy}'

            A diagnosis names the layer that failed, which says who mends it:
            \(Self.layers)

            "For good" means that the address is to be given up. A refusal of this mail, from this sender or now, is not for \
            good, whatever its code. docs/DIAGNOSIS.md says how a diagnosis is made, and how often it is right.

            EXIT STATUS
              0   every file was explained
              65  a file tells of no failure, is no message, or was too large to be read whole
              66  a file cannot be read
            """)

    @Argument(
        help: ArgumentHelp("Files, maildirs or folders; - is standard input.", valueName: "file"),
        completion: .file())
    var files: [String]

    @Flag(help: "Print one JSON array: an object for each recipient.")
    var json = false

    private static let layers = Layer.allCases.filter { $0 != .worker }.map { layer in
        "  " + layer.rawValue + String(repeating: " ", count: max(1, 24 - layer.rawValue.count))
            + layer.inWords
    }.joined(separator: "\n")

    func run() async throws {
        var diagnoses: [Explanation] = []
        var problems: [Problem] = []
        let style = TerminalStyle.standardOutput
        for file in files {
            do {
                for path in try MessageFile.paths(in: file) {
                    let found = Self.explain(path, &problems)
                    if json {
                        diagnoses += found
                    } else {
                        found.forEach { Console.print($0.text(style)) }
                    }
                }
            } catch {
                problems.append(error)
            }
        }
        if json { try Console.printJSON(diagnoses) }
        if !problems.isEmpty { throw tell(problems) }
    }

    /// What a file tells of; what keeps it, or some of it, from being explained is added to the problems.
    private static func explain(_ path: String, _ problems: inout [Problem]) -> [Explanation] {
        let name = path == "-" ? "standard input" : path
        do throws(Problem) {
            let file = try MessageFile.read(path)
            let contents = BounceReader.read(file.bytes, file: name)
            if contents.explanations.isEmpty {
                problems.append(problem(contents.failure ?? .unreadable, name))
            }
            if contents.isCut {
                problems.append(cut("the first \(BounceReader.mostMessages) messages", name))
            } else if file.isCut, contents.isMailbox || contents.explanations.isEmpty {
                // Of one message, however long, the beginning says all, and its evidence says that it is cut.
                problems.append(cut("the first \(MessageFile.mostBytes >> 20) MiB", name))
            }
            return contents.explanations
        } catch {
            problems.append(error)
            return []
        }
    }

    private static func problem(_ failure: BounceReader.Failure, _ name: String) -> Problem {
        switch failure {
        case .unreadable:
            Problem(
                .invalidInput, file: name, "is neither a mail nor an event of SES",
                remedy:
                    "Save the bounce as it is, with its header: in Gmail by the message's menu, Download message"
            )
        case .noBounce(let what):
            Problem(
                .invalidInput, file: name, "is \(what)",
                remedy: "Give the report that came back, not the mail that was sent")
        }
    }

    private static func cut(_ part: String, _ name: String) -> Problem {
        Problem(
            .invalidInput, file: name, "has more than was read: only \(part)",
            remedy: "Split the file, or give a maildir, which has no such limit")
    }
}

extension Layer {
    /// Who mends it.
    fileprivate var inWords: String {
        switch self {
        case .relayCredentials:
            "user name and password at Gmail's \"Send mail as\""
        case .ses: "SES refused: identity, permission, quota"
        case .suppressionList: "SES took it, and does not mail that address"
        case .senderAuthentication: "SPF, DKIM, DMARC, reverse DNS"
        case .recipientPolicy: "the recipient's rules, content filter or limits"
        case .reputation: "blocklists, complaints, rate"
        case .recipientAddress: "there is no such address or domain"
        case .mailbox: "full, disabled or away"
        case .network: "connections, names, faults of the other system"
        case .worker: "the functions and their configuration"
        case .unknown: "the evidence does not decide"
        }
    }
}

extension Explanation {
    /// For people: what is the case, then what it is known by, then what to do. All text from outside is printable.
    fileprivate func text(_ style: TerminalStyle) -> String {
        let codes = [replyCode.map { "\($0)" }, status].compactMap { $0 }.joined(separator: " ")
        let mail = [subject.map { "\"\($0)\"" }, messageID].compactMap { $0 }.joined(separator: ", ")
        let verdict = reason.rawValue + (permanent ? ", for good" : "") + (codes.isEmpty ? "" : " (\(codes))")
        let rows: [(label: String, values: [String])] = [
            ("file", [file.printable]), ("reported by", [reporter].compactMap { $0 }),
            ("mail", mail.isEmpty ? [] : [mail]),
            ("sent by", path.map { [$0.inWords] } ?? []), ("layer", [layer?.rawValue ?? "none"]),
            ("reason", [verdict]),
            ("evidence", evidence), ("what to do", [remedy ?? "Nothing."]),
        ]
        var lines = [style.bold("\(recipient ?? "somebody"): \(meaning)")]
        for row in rows {
            for (index, value) in row.values.enumerated() {
                let label = index == 0 ? row.label : ""
                lines.append(
                    "  " + style.soft(label + String(repeating: " ", count: 13 - label.count)) + value)
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension MailPath {
    fileprivate var inWords: String {
        switch self {
        case .relay: "relay: Gmail's \"Send mail as\""
        case .api: "api: a campaign, by SES's API"
        }
    }
}
