internal import DNS
internal import Deliverability
internal import Glibc

/// A diagnosis for a person at a terminal.
struct DoctorText {
    var style: TerminalStyle
    /// Whether the evidence of what is healthy is told, too.
    var isVerbose: Bool

    func lines(of diagnosis: Diagnosis, domains: [DomainName]) -> [String] {
        var lines = [
            style.bold(domains.map(\.description).joined(separator: ", ")) + ": "
                + style.paint(diagnosis.severity.rawValue, diagnosis.severity) + " (\(diagnosis.summary))"
        ]
        for group in diagnosis.groups {
            lines += ["", style.bold("\(MailPath.words(group.paths)): \(group.layer.words)")]
            for finding in group.findings { lines += self.lines(of: finding) }
        }
        return lines
    }

    func lines(of finding: Finding) -> [String] {
        let place = finding.untoldRegion.map { " [\($0.printable)]" } ?? ""
        var lines = ["  \(mark(finding.severity))  \(finding.title.printable)\(style.soft(place))"]
        let isTold = isVerbose || finding.severity != .healthy
        guard isTold else { return lines }
        lines += labelled("seen", finding.evidence)
        if let remedy = finding.remedy { lines += labelled("mend", [remedy]) }
        // Nothing in front of what is to be copied but blanks.
        lines += finding.fix.map { "            " + style.bold($0.printable) }
        return lines
    }

    private func labelled(_ label: String, _ texts: [String]) -> [String] {
        texts.enumerated().map { number, text in
            "      " + style.soft(number == 0 ? label : "    ") + "  " + text.printable
        }
    }

    /// In seven columns.
    private func mark(_ severity: Severity) -> String {
        let word = severity == .healthy ? "ok" : severity.rawValue
        return style.paint(word, severity) + String(repeating: " ", count: max(0, 7 - word.count))
    }
}

/// Colours and weights for a terminal, where there is one.
struct TerminalStyle {
    var isColoured: Bool

    func bold(_ text: String) -> String { wrapped(text, "1") }
    func soft(_ text: String) -> String { wrapped(text, "2") }

    func paint(_ text: String, _ severity: Severity) -> String {
        switch severity {
        case .healthy: wrapped(text, "32")
        case .unknown: wrapped(text, "36")
        case .warning: wrapped(text, "33")
        case .broken: wrapped(text, "1;31")
        }
    }

    /// SGR sequences (ECMA-48).
    private func wrapped(_ text: String, _ code: String) -> String {
        isColoured && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}

extension TerminalStyle {
    /// Plain where the output is no terminal, or NO_COLOR (https://no-color.org) or TERM=dumb asks for that.
    static var standardOutput: TerminalStyle {
        let environment = ProcessEnvironment.all
        let isWanted = environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
        return TerminalStyle(isColoured: isWanted && isatty(STDOUT_FILENO) == 1)
    }
}
