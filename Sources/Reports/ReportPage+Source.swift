extension ReportPage {
    static let source = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
        <meta name="robots" content="noindex">
        <title>{{name}} – {{run}}</title>
        <link rel="icon" href="data:,">
        <style>{{{style}}}</style>
        </head>
        <body>
        <header>
        <p class="soft">{{run}}</p>
        <h1>{{name}}</h1>
        <p>{{#status}}<strong class="badge {{tone}}">{{name}}</strong>{{/status}} planned {{planned}} <span class="soft">{{zone}}</span></p>
        <p class="soft">“{{subject}}” from {{sender}}</p>
        </header>
        <main>
        {{#notices}}
        <p class="notice">{{.}}</p>
        {{/notices}}
        <section aria-label="Key figures">
        <dl class="tiles">
        {{#tiles}}
        <div class="{{tone}}"><dt>{{name}}</dt><dd>{{value}}</dd><dd class="soft">{{note}}</dd></div>
        {{/tiles}}
        </dl>
        </section>
        <section>
        <h2>Every row</h2>
        <table class="bars">
        <thead class="hidden"><tr><th scope="col">Outcome</th><th scope="col">Rows</th><th scope="col">Share</th></tr></thead>
        <tbody>
        {{#outcomes}}
        <tr><th scope="row">{{name}}<span class="bar"><span style="width:{{width}}%"></span></span></th><td>{{count}}</td><td class="soft">{{share}}</td></tr>
        {{/outcomes}}
        </tbody>
        </table>
        </section>
        {{#plot}}
        <section>
        <h2>Over time</h2>
        <figure>
        <p class="soft most">{{most}} in {{length}}</p>
        <svg viewBox="0 0 1000 240" preserveAspectRatio="none" role="img" aria-label="Mails by time, from {{start}} to {{end}}">
        <path class="grid" d="M0 0L1000 0M0 120L1000 120M0 240L1000 240"/>
        {{#lines}}
        <path class="line {{name}}" d="{{path}}"/>
        {{/lines}}
        </svg>
        <div class="axis soft"><span>{{start}}</span><span>{{end}}</span></div>
        <figcaption>
        <ul class="legend">
        {{#lines}}
        <li><span class="key {{name}}" aria-hidden="true"></span>{{name}} {{total}}</li>
        {{/lines}}
        </ul>
        {{#later}}
        <p class="soft">Told of later: {{.}}</p>
        {{/later}}
        </figcaption>
        </figure>
        </section>
        {{/plot}}
        {{^hasFeedback}}
        <section>
        <h2>What became of the mails</h2>
        <p>SES has told nothing of them: its events reach the report where the campaign names a configuration set whose events
        go to jada-blast-feedback.</p>
        </section>
        {{/hasFeedback}}
        {{#hasFeedback}}
        <section>
        <h2>What SES tells</h2>
        <table class="bars">
        <thead class="hidden"><tr><th scope="col">Event</th><th scope="col">Recipients</th></tr></thead>
        <tbody>
        {{#feedback}}
        <tr><th scope="row">{{name}}<span class="bar"><span style="width:{{width}}%"></span></span></th><td>{{count}}</td></tr>
        {{/feedback}}
        </tbody>
        </table>
        </section>
        {{/hasFeedback}}
        {{#bounces}}
        <section>
        <h2>Bounces by reason</h2>
        <table class="bars">
        <thead class="hidden"><tr><th scope="col">Reason</th><th scope="col">Bounces</th></tr></thead>
        <tbody>
        {{> bars}}
        </tbody>
        </table>
        </section>
        {{/bounces}}
        {{#domains}}
        <section>
        <h2>Bounces by the recipient's domain</h2>
        <table class="bars">
        <thead class="hidden"><tr><th scope="col">Domain</th><th scope="col">Bounces</th></tr></thead>
        <tbody>
        {{> bars}}
        </tbody>
        </table>
        </section>
        {{/domains}}
        {{#reasons}}
        <section>
        <h2>Who was not mailed, and why</h2>
        <table>
        <thead><tr><th scope="col">Outcome</th><th scope="col">Reason</th><th scope="col" class="number">Rows</th></tr></thead>
        <tbody>
        {{#rows}}
        <tr><td>{{outcome}}</td><td>{{text}}</td><td class="number">{{count}}</td></tr>
        {{/rows}}
        </tbody>
        </table>
        </section>
        {{/reasons}}
        {{#uncertain}}
        <section>
        <h2>Uncertain recipients</h2>
        <p>They may have been mailed, and are not mailed again unless a person says so: <code>jada-blast resolve {{run}} --resend</code>, or <code>--drop</code>.</p>
        <div class="scroll" role="region" aria-label="Uncertain recipients" tabindex="0">
        <table>
        <thead><tr><th scope="col" class="number">Line</th><th scope="col">Address</th><th scope="col">Reason</th><th scope="col">When</th></tr></thead>
        <tbody>
        {{#rows}}
        <tr><td class="number">{{line}}</td><td>{{address}}</td><td>{{reason}}</td><td>{{at}}</td></tr>
        {{/rows}}
        </tbody>
        </table>
        </div>
        {{#rest}}
        <p>And {{.}} more: <code>jada-blast status {{run}}</code> names them all.</p>
        {{/rest}}
        </section>
        {{/uncertain}}
        {{#earlier}}
        <section>
        <h2>Beside earlier runs</h2>
        <div class="scroll" role="region" aria-label="Beside earlier runs" tabindex="0">
        <table>
        <thead><tr><th scope="col">Planned</th><th scope="col" class="number">Rows</th><th scope="col" class="number">Accepted</th><th scope="col" class="number">Delivered</th><th scope="col" class="number">Bounced</th><th scope="col" class="number">Complained</th></tr></thead>
        <tbody>
        {{#rows}}
        <tr{{#isThis}} class="this"{{/isThis}}><td>{{planned}}</td><td class="number">{{rows}}</td><td class="number">{{accepted}}</td><td class="number">{{delivered}}</td><td class="number">{{bounced}}</td><td class="number">{{complained}}</td></tr>
        {{/rows}}
        </tbody>
        </table>
        </div>
        </section>
        {{/earlier}}
        </main>
        <footer class="soft">As of {{made}}. Times are those of {{zone}}.</footer>
        </body>
        </html>

        """

    /// Bounces by name.
    static let bars = """
        {{#bars}}
        <tr><th scope="row">{{name}} <span class="soft">{{note}}</span><span class="bar bounced"><span style="width:{{width}}%"></span></span></th><td>{{count}}</td></tr>
        {{/bars}}

        """

    /// Contrasts are at least 4.5 to 1 for text and 3 to 1 for lines and bars (WCAG 2.2 AA).
    static let style =
        PageStyle.common + """
            .notice{border-left:.35rem solid var(--warning)}
            section[aria-label="Key figures"]{padding:0;background:none;border:0}
            .tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(10.5rem,1fr));gap:.75rem;margin:0}
            .tiles div{padding:.9rem 1rem;background:var(--card);border:1px solid var(--line);border-radius:.75rem}
            .tiles dt{color:var(--soft)}
            .tiles dd{margin:0;font-size:.875rem}
            .tiles dt+dd{font-size:1.6rem;font-weight:600;line-height:1.3;font-variant-numeric:tabular-nums}
            table{width:100%;border-collapse:collapse;font-variant-numeric:tabular-nums}
            th,td{padding:.4rem .75rem .4rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
            tbody tr:last-child>*{border-bottom:0}
            thead th{color:var(--soft);font-weight:600;overflow-wrap:normal}
            .number,.bars td{text-align:right;white-space:nowrap}
            .number:last-child,.bars td:last-child{padding-right:0}
            .bars th{width:100%;font-weight:400}
            .bars td{width:1%}
            .bar{display:block;height:.45rem;margin-top:.25rem;border-radius:.25rem;background:var(--track)}
            .bar span{display:block;height:100%;min-width:2px;border-radius:.25rem;background:var(--accepted)}
            .bar.bounced span{background:var(--bounced)}
            .hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
            figure{margin:0}
            .most{margin:0 0 .25rem;font-size:.875rem}
            svg{display:block;width:100%;height:13rem}
            .grid{fill:none;stroke:var(--line);vector-effect:non-scaling-stroke}
            .line{fill:none;stroke-width:2;vector-effect:non-scaling-stroke}
            .line.accepted{stroke:var(--accepted)}.line.delivered{stroke:var(--delivered)}
            .line.bounced{stroke:var(--bounced)}.line.complained{stroke:var(--complained)}
            .axis{display:flex;justify-content:space-between;gap:1rem;font-size:.875rem}
            .axis span:last-child{text-align:right}
            .legend{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin:.75rem 0 0;padding:0;list-style:none}
            .key{display:inline-block;width:1rem;height:.25rem;margin-right:.4rem;vertical-align:middle;border-radius:.125rem}
            .key.accepted{background:var(--accepted)}.key.delivered{background:var(--delivered)}
            .key.bounced{background:var(--bounced)}.key.complained{background:var(--complained)}
            .scroll{overflow-x:auto}
            .scroll td:not(.number){min-width:9rem}
            .scroll:focus-visible{outline:3px solid var(--accepted);outline-offset:3px}
            .this{font-weight:600}
            @media print{.tiles div{break-inside:avoid;border-color:#bbb}.bar span,.bar,.key{print-color-adjust:exact;\
            -webkit-print-color-adjust:exact}}
            """
}
