package import Campaigns
package import Deliverability

/// Writes findings on the mail paths as one HTML file: complete in itself, without scripts, readable on a phone, by day and by
/// night, and on paper.
///
/// Every text is escaped by the template engine.
package struct DiagnosisPage: Sendable {
    private let template: MustacheTemplate

    /// - Throws: a ``Problem`` if the template is wrong, which a test would have seen.
    package init() throws(Problem) {
        template = try MustacheTemplate(Self.source, file: "diagnosis page", escaping: .html)
    }

    /// - Parameters:
    ///   - subject: what was looked at: the domains.
    ///   - madeAt: in words.
    package func html(_ diagnosis: Diagnosis, subject: String, madeAt: String) -> String {
        template.render(
            .object([
                "style": .string(Self.style), "subject": .string(subject.printable), "made": .string(madeAt),
                "summary": .string(diagnosis.summary), "severity": .string(diagnosis.severity.rawValue),
                "tone": .string(diagnosis.severity.tone), "groups": .list(diagnosis.groups.map(Self.group)),
            ]))
    }

    private static func group(_ group: Diagnosis.Group) -> MustacheValue {
        .object([
            "paths": .string(MailPath.words(group.paths)), "layer": .string(group.layer.words),
            "findings": .list(group.findings.map(finding)),
        ])
    }

    private static func finding(_ finding: Finding) -> MustacheValue {
        let isBad = finding.severity != .healthy
        return .object([
            "severity": .string(finding.severity.rawValue), "tone": .string(finding.severity.tone),
            "title": .string(finding.title.printable), "check": .string(finding.check),
            "region": .string(finding.untoldRegion?.printable ?? ""),
            // What is as it should be is told, and out of the way.
            "open": .bool(isBad), "remedy": .string(finding.remedy?.printable ?? ""),
            "hasEvidence": .bool(!finding.evidence.isEmpty),
            "evidence": .list(finding.evidence.map { .string($0.printable) }),
            "hasFix": .bool(!finding.fix.isEmpty),
            "fix": .string(finding.fix.map(\.printable).joined(separator: "\n")),
        ])
    }
}

extension Severity {
    /// The class of its colour.
    fileprivate var tone: String {
        switch self {
        case .healthy: "good"
        case .unknown: "soft"
        case .warning: "warning"
        case .broken: "bad"
        }
    }
}

extension DiagnosisPage {
    private static let source = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
        <meta name="robots" content="noindex">
        <title>{{subject}} – {{severity}}</title>
        <link rel="icon" href="data:,">
        <style>{{{style}}}</style>
        </head>
        <body>
        <header>
        <p class="soft">Mail paths</p>
        <h1>{{subject}}</h1>
        <p><strong class="badge {{tone}}">{{severity}}</strong> {{summary}}</p>
        </header>
        <main>
        {{#groups}}
        <section>
        <h2>{{paths}} <span class="soft">{{layer}}</span></h2>
        {{#findings}}
        <details class="finding {{tone}}"{{#open}} open{{/open}}>
        <summary><strong class="badge {{tone}}">{{severity}}</strong> <span class="title">{{title}}</span>{{#region}} <span class="soft">{{region}}</span>{{/region}}</summary>
        <div class="body">
        {{#remedy}}
        <p class="remedy">{{remedy}}.</p>
        {{/remedy}}
        {{#hasFix}}
        <pre tabindex="0" aria-label="To copy"><code>{{fix}}</code></pre>
        {{/hasFix}}
        {{#hasEvidence}}
        <h3>Seen</h3>
        <ul>
        {{#evidence}}
        <li><code>{{.}}</code></li>
        {{/evidence}}
        </ul>
        {{/hasEvidence}}
        <p class="soft check">{{check}}</p>
        </div>
        </details>
        {{/findings}}
        </section>
        {{/groups}}
        </main>
        <footer class="soft"><p>Looked at {{made}} by jada-blast doctor.</p></footer>
        </body>
        </html>

        """

    private static let style =
        PageStyle.common + """
            .finding{border-left:.35rem solid currentColor;padding:0 0 0 .9rem;margin:0 0 1rem}
            .finding:last-child{margin-bottom:0}
            .finding summary{cursor:pointer;padding:.2rem 0}
            .finding summary:focus-visible,pre:focus-visible{outline:3px solid var(--accepted);outline-offset:3px}
            .title,.body{color:var(--text)}
            .title{font-weight:600}
            .remedy{margin:.5rem 0}
            h3{margin:.75rem 0 .25rem;font-size:.875rem;color:var(--soft)}
            ul{margin:0;padding-left:1.1rem}
            pre{margin:.5rem 0;padding:.75rem .9rem;background:var(--ground);border:1px solid var(--line);\
            border-radius:.5rem;white-space:pre-wrap;overflow-wrap:anywhere}
            .check{margin:.5rem 0 0;font-size:.8125rem}
            @media print{.finding{break-inside:avoid}.finding:not([open])>.body{display:none}}

            """
}
