import Testing

@testable import Campaigns

@Suite struct MustacheTemplateTests {
    private func compile(
        _ source: String, escaping: MustacheTemplate.Escaping = .html, partials: [String: String] = [:]
    ) throws -> MustacheTemplate {
        try MustacheTemplate(source, file: "message.html", escaping: escaping, partials: partials)
    }

    @Test("a row's values take the places of the names, escaped in HTML only")
    func rows() throws {
        let source =
            "Ahoy {{name}}, {{{name}}} & {{&name}}: {{seat}}{{^seat}}no seat{{/seat}}{{#seat}} ({{.}}){{/seat}}"
        let columns = ["email", "seat", "name"]
        #expect(
            try compile(source).bound(to: columns).render(["a@example.org", "", "O'Neil <\"&\">"])
                == "Ahoy O&#39;Neil &lt;&quot;&amp;&quot;&gt;, O'Neil <\"&\"> & O'Neil <\"&\">: no seat")
        #expect(
            try compile(source, escaping: .none).bound(to: columns).render(["a@example.org", "4<", "Ann"])
                == "Ahoy Ann, Ann & Ann: 4< (4<)")
    }

    @Test("a value is data: tags in it are not rendered")
    func valuesAreData() throws {
        let row = try compile("{{a}} {{{a}}}{{#a}}{{{.}}}{{/a}}").bound(to: ["a", "b"])
        #expect(row.render(["{{b}}{{#b}}{{=<% %>=}}", "SECRET"]).contains("SECRET") == false)
        #expect(row.render(["{{b}}", "x"]) == "{{b}} {{b}}{{b}}")
    }

    @Test("a row is rendered as an object of its values is")
    func rowsAndObjectsAgree() throws {
        let columns = ["name", "seat", "empty"]
        let values = ["Zoë & Co", "12", ""]
        let object = MustacheValue.object(
            Dictionary(uniqueKeysWithValues: zip(columns, values.map { MustacheValue.string($0) })))
        for source in [
            "", "plain", "{{name}}", "{{#seat}}{{name}}{{.}}{{/seat}}", "{{^empty}}{{name}}{{/empty}}",
            "{{#empty}}{{name}}{{/empty}}", "{{name.first}}", "{{missing}}",
            "{{#name}}{{#seat}}{{.}}{{/seat}}{{/name}}",
            " {{! c }}\n{{#seat}}\n x\n{{/seat}}\r\nend",
        ] {
            let template = try compile(source)
            #expect(template.bound(to: columns).render(values) == template.render(object), "\(source)")
        }
    }

    @Test("the names that a row must supply are told once each, with their places")
    func variables() throws {
        let template = try compile(
            "Ahöy {{name}},\n{{#seat}}{{.}} {{deck}}{{/seat}}{{^vip}}{{name}}{{/vip}}\n  {{guest.first}}{{> foot}}",
            partials: ["foot": "\n{{crew}}"])
        let places = template.variables.map { "\($0.name) \($0.line):\($0.column)" }
        #expect(places == ["name 1:6", "seat 2:1", "deck 2:16", "vip 2:33", "guest 3:3", "crew 2:1"])
    }

    @Test("a dot outside of any section is a name that no row supplies")
    func topLevelDot() throws {
        #expect(try compile("{{.}}").variables.map(\.name) == ["."])
        #expect(try compile("{{^a}}{{.}}{{/a}}").variables.map(\.name) == ["a", "."])
    }

    @Test(
        "a wrong template is refused with line and column",
        arguments: [
            ("a\nb {{name", 2, 3, "never closed"), ("{{name}", 1, 1, "never closed"),
            ("{{{name}}", 1, 1, "never closed"),
            ("x {{a\n}} {{b}}", 1, 3, nil), ("x {{a\nb}}", 1, 3, "never closed"),
            ("{{a {{b}}", 1, 1, "never closed"),
            ("{{#a}}\n", 1, 1, "{{/a}}"), ("{{#a}}\n {{/b}}", 2, 2, "\"a\" of line 1"),
            ("é{{/a}}", 1, 2, "not open"),
            ("{{#a}}{{#b}}{{/a}}{{/b}}", 1, 13, "\"b\""), ("{{}}", 1, 1, "no name"),
            ("{{ }}", 1, 1, "no name"),
            ("{{#}}{{/}}", 1, 1, "no name"), ("{{=| =}}", 1, 1, "delimiters"),
            ("{{=a b c=}}", 1, 1, "delimiters"),
            ("{{= = = =}}", 1, 1, "delimiters"), ("{{a..b}}", 1, 1, "empty part"),
            ("{{.a}}", 1, 1, "empty part"),
            ("{{<base}}{{/base}}", 1, 1, "inheritance"), ("{{$block}}{{/block}}", 1, 1, "inheritance"),
            ("{{>*name}}", 1, 1, "dynamic"), ("{{>foot}}", 1, 1, "no partial"),
            ("{{=| |=}}|a", 1, 10, "never closed"),
            ("{{! a", 1, 1, "never closed"),
        ])
    func refuses(source: String, line: Int, column: Int, part: String?) throws {
        guard let part else {
            // White space around a name may hold a line break.
            #expect(try compile(source).variables.count == 2)
            return
        }
        let problem = try #require(throws: Problem.self) { try compile(source) }
        #expect(problem.file == "message.html")
        #expect(problem.line == line)
        #expect(problem.column == column)
        #expect(problem.description.contains(part), "\(problem)")
        #expect(problem.remedy != nil)
    }

    @Test("a problem in a partial names the partial")
    func partialProblems() throws {
        let problem = try #require(throws: Problem.self) {
            try compile("{{>foot}}", partials: ["foot": "\n{{#a}}"])
        }
        #expect(problem.file == "foot")
        #expect(problem.line == 2)
    }

    @Test("partials that include themselves, or multiply beyond measure, are refused")
    func recursivePartials() throws {
        #expect(throws: Problem.self) {
            try compile("{{>a}}", partials: ["a": "{{#x}}{{>b}}{{/x}}", "b": " {{>a}}"])
        }
        var bomb: [String: String] = ["p0": "lol{{x}}"]
        for level in 1...40 { bomb["p\(level)"] = "{{>p\(level - 1)}}{{>p\(level - 1)}}" }
        #expect(throws: Problem.self) { try compile("{{>p40}}", partials: bomb) }
    }

    @Test("under the specification's policy a partial that never ends stops at a depth")
    func endlessPartial() throws {
        let template = try MustacheTemplate(
            "{{>a}}", file: "t", escaping: .html, partials: ["a": "x\n {{>a}}\n"], policy: .specification)
        #expect(template.render(.null).split(separator: "\n").count == MustacheCode.maximumPartialDepth)
    }

    @Test("a partial is indented where it stands on a line of its own, as deep as its caller is")
    func indentation() throws {
        let partials = ["a": "1\n\n  {{>b}}\n{{>b}}!\n", "b": "2\n3{{x}}\n"]
        let template = try compile(">\n  {{>a}}\n<", partials: partials)
        #expect(
            template.render(.object(["x": .string("4\n5")])) == ">\n  1\n\n    2\n    34\n5\n  2\n34\n5\n!\n<"
        )
    }

    @Test(
        "limits: a template of more than 1 MiB, a name of more than 256 bytes, 65 sections within each other")
    func limits() throws {
        let deep = { (depth: Int) in
            String(repeating: "{{#a}}", count: depth) + String(repeating: "{{/a}}", count: depth)
        }
        #expect(throws: Never.self) { try compile(String(repeating: "x", count: 1 << 20)) }
        #expect(throws: Problem.self) { try compile(String(repeating: "x", count: 1 << 20 + 1)) }
        #expect(throws: Never.self) { try compile(deep(64)) }
        #expect(throws: Problem.self) { try compile(deep(65)) }
        #expect(throws: Problem.self) { try compile("{{\(String(repeating: "n", count: 257))}}") }
    }

    @Test("any text compiles or is refused, but never crashes")
    func survivesAnything() {
        let pieces = [
            "{{", "}}", "{{{", "}}}", "{{#a}}", "{{/a}}", "{{^a}}", "{{>p}}", "{{!", "{{=", "=}}", "<%", "%>",
            "a", ".",
            " ", "\n", "\r\n", "é", "=", "{", "}", "{{=<% %>=}}", "<%a%>", "{{&a}}", "{{a.b}}", "",
        ]
        var random = SplitMix(state: 3)
        var compiled = 0
        for _ in 0..<5000 {
            let source = (0..<Int.random(in: 0..<12, using: &random)).map { _ in
                pieces[Int.random(in: 0..<pieces.count, using: &random)]
            }.joined()
            guard let template = try? compile(source, partials: ["p": " x\n{{a}}"]) else { continue }
            compiled += 1
            _ = template.bound(to: ["a"]).render(["v"])
            _ = template.render(.object(["a": .list([.object(["b": .bool(true)]), .null])]))
        }
        #expect(compiled > 500)
    }
}
