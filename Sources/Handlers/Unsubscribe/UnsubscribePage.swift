internal import Campaigns
internal import Digests

/// Writes the pages as HTML: complete in themselves, without scripts, and without anything that is loaded from elsewhere.
///
/// Every text is escaped by the template engine.
struct UnsubscribePage: Sendable {
    /// What a page shows.
    struct Content {
        var texts: UnsubscribeTexts.Page
        var language: Language
        /// The subscriber's, masked.
        var address: String?
        var button: Button?
        /// The query by which this page is had in a language; `nil` where it cannot be asked for anew.
        var query: ((Language) -> String)?
    }

    /// Sends the page's own address `action=…`.
    struct Button {
        /// Stands before it.
        var question: String?
        var label: String
        var action: String
        /// Whether it is not what the page is for.
        var isQuiet = false
    }

    private let template: MustacheTemplate
    private let senderName: String

    /// - Parameter senderName: whose mailings they are; `nil` where that is not said.
    /// - Throws: a ``Problem`` if the template is wrong, which a test would have seen.
    init(senderName: String?) throws(Problem) {
        template = try MustacheTemplate(Self.source, file: "unsubscribe page", escaping: .html)
        self.senderName = senderName ?? ""
    }

    func html(_ content: Content) -> String {
        var values: [String: MustacheValue] = [
            "language": .string(content.language.rawValue), "sender": .string(senderName),
            "title": .string(content.texts.title), "style": .string(Self.style),
            "paragraphs": .list(content.texts.paragraphs.map { .string($0) }),
            "address": .string(content.address ?? ""),
        ]
        if let button = content.button {
            values["button"] = .object([
                "question": .string(button.question ?? ""), "label": .string(button.label),
                "action": .string(button.action), "isQuiet": .bool(button.isQuiet),
            ])
        }
        if let query = content.query {
            values["footer"] = .object([
                "name": .string(UnsubscribeTexts(content.language).languages),
                "languages": .list(
                    Language.allCases.map { language in
                        .object([
                            "tag": .string(language.rawValue), "name": .string(language.name),
                            "query": .string(query(language)),
                            "isCurrent": .bool(language == content.language),
                        ])
                    }),
            ])
        }
        return template.render(.object(values))
    }

    /// Headers that every answer has (OWASP Secure Headers Project), and a page's own.
    static func headers(language: Language) -> [(name: String, value: String)] {
        commonHeaders + [
            ("Content-Type", "text/html; charset=utf-8"), ("Content-Language", language.rawValue),
            ("Content-Security-Policy", contentSecurityPolicy), ("Vary", "Accept-Language"),
        ]
    }

    static let commonHeaders = [
        (name: "Cache-Control", value: "no-store"), (name: "Referrer-Policy", value: "no-referrer"),
        (name: "X-Content-Type-Options", value: "nosniff"), (name: "X-Frame-Options", value: "DENY"),
        (name: "X-Robots-Tag", value: "noindex, nofollow"),
    ]

    /// Allows the style below and forms to where the page comes from, and nothing else.
    private static let contentSecurityPolicy = """
        default-src 'none'; style-src 'sha256-\(Base64.encode(SHA256.hash(Array(style.utf8))))'; img-src data:; \
        form-action 'self'; base-uri 'none'; frame-ancestors 'none'
        """

    /// A form without an address is sent to the page's own, and with it the token. The icon keeps browsers from asking for one.
    private static let source = """
        <!DOCTYPE html>
        <html lang="{{language}}">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{{title}}{{#sender}} – {{.}}{{/sender}}</title>
        <link rel="icon" href="data:,">
        <style>{{{style}}}</style>
        </head>
        <body>
        {{#sender}}
        <header>{{.}}</header>
        {{/sender}}
        <main>
        <h1>{{title}}</h1>
        {{#address}}
        <p class="address">{{.}}</p>
        {{/address}}
        {{#paragraphs}}
        <p>{{.}}</p>
        {{/paragraphs}}
        {{#button}}
        <form method="post">
        {{#question}}
        <p>{{.}}</p>
        {{/question}}
        <button name="action" value="{{action}}"{{#isQuiet}} class="quiet"{{/isQuiet}}>{{label}}</button>
        </form>
        {{/button}}
        </main>
        {{#footer}}
        <footer>
        <nav aria-label="{{name}}">
        <ul>
        {{#languages}}
        <li><a href="?{{query}}" lang="{{tag}}" hreflang="{{tag}}"{{#isCurrent}} aria-current="true"{{/isCurrent}}>{{name}}</a></li>
        {{/languages}}
        </ul>
        </nav>
        </footer>
        {{/footer}}
        </body>
        </html>

        """

    /// Contrasts are at least 4.5 to 1 for text and 3 to 1 for the button's edge and the focus (WCAG 2.2 AA).
    private static let style = """
        :root{color-scheme:light dark;--ground:#f4f5f7;--card:#fff;--text:#1c2430;--soft:#4a5565;--line:#d5dae1;\
        --accent:#0b5cad;--on-accent:#fff}
        @media (prefers-color-scheme:dark){:root{--ground:#10151c;--card:#1a212b;--text:#e8edf3;--soft:#a9b4c2;\
        --line:#364152;--accent:#7db8f5;--on-accent:#0b1a2b}}
        *{box-sizing:border-box}
        body{margin:0;min-height:100vh;display:flex;flex-direction:column;align-items:center;justify-content:center;\
        padding:1.5rem 1rem;background:var(--ground);color:var(--text);\
        font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;\
        overflow-wrap:anywhere}
        header,main,footer{width:100%;max-width:32rem}
        header{padding:0 .25rem .75rem;color:var(--soft);font-weight:600}
        main{background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:2rem 1.75rem}
        h1{margin:0 0 .75rem;font-size:1.5rem;line-height:1.25;text-wrap:balance}
        p{margin:0 0 .75rem}
        main>:last-child{margin-bottom:0}
        .address{font-weight:600}
        form{margin:1.5rem 0 0}
        form p{color:var(--soft)}
        button{font:inherit;font-weight:600;min-height:2.75rem;max-width:100%;padding:.6rem 1.5rem;border-radius:.5rem;\
        border:2px solid var(--accent);background:var(--accent);color:var(--on-accent);cursor:pointer}
        button.quiet{background:none;color:var(--accent)}
        button:hover{text-decoration:underline}
        button:focus-visible,a:focus-visible{outline:3px solid var(--accent);outline-offset:3px;border-radius:.25rem}
        footer{padding:1rem .25rem 0}
        ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin:0;padding:0;list-style:none}
        a{display:inline-block;padding:.3rem 0;color:var(--soft)}
        a[aria-current]{color:var(--text);font-weight:600;text-decoration:none}
        @media (max-width:22rem){main{padding:1.5rem 1.1rem}}
        """
}
