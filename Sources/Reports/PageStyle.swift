/// What the looks of all pages have in common: colours by day and by night, type, cards, badges, paper.
enum PageStyle {
    static let common = """
        :root{color-scheme:light dark;--ground:#f4f5f7;--card:#fff;--text:#1c2430;--soft:#4a5565;--line:#d5dae1;\
        --accepted:#0b5cad;--delivered:#1a7f37;--bounced:#b93a0a;--complained:#7a3fd0;--warning:#8a5300;--track:#e6e9ee}
        @media (prefers-color-scheme:dark){:root{--ground:#10151c;--card:#1a212b;--text:#e8edf3;--soft:#a9b4c2;\
        --line:#364152;--accepted:#7db8f5;--delivered:#5fc97a;--bounced:#ff9a6c;--complained:#c8a8ff;--warning:#f0b95b;\
        --track:#2a3442}}
        *{box-sizing:border-box}
        body{margin:0 auto;max-width:62rem;padding:1.5rem 1rem;background:var(--ground);color:var(--text);\
        font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
        header p,h1{margin:0 0 .5rem}
        h1{font-size:1.6rem;line-height:1.25;text-wrap:balance}
        h2{margin:0 0 .75rem;font-size:1.1rem}
        .soft{color:var(--soft);font-weight:400}
        .badge{display:inline-block;padding:.05rem .6rem;border:1px solid currentColor;border-radius:1rem;font-weight:600}
        .good{color:var(--delivered)}.bad{color:var(--bounced)}.warning{color:var(--warning)}
        section,.notice{margin:1rem 0;padding:1.1rem 1.25rem;background:var(--card);border:1px solid var(--line);\
        border-radius:.75rem}
        code{font:.875em/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
        footer{font-size:.875rem}
        @media print{:root{color-scheme:light}body{max-width:none;padding:0;background:none}\
        section,.notice{break-inside:avoid;border-color:#bbb}}

        """
}
