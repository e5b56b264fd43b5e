/// A compiled template: straight code over names that are known by number.
struct MustacheCode: Sendable {
    enum Instruction: Sendable {
        /// Writes a part of the program's source.
        case text(Range<Int>)
        /// Writes the indentation that the partial stands under.
        case indentation
        case variable(name: Int, isEscaped: Bool)
        /// The instructions up to `end` once for each value, or once for a value that is no list.
        case section(name: Int, end: Int)
        /// The instructions up to `end` if the value is falsey or missing.
        case inverted(name: Int, end: Int)
        /// Another program. One that has its line for itself is indented by a part of this one's source.
        case partial(program: Int, indentation: Range<Int>?)
    }

    /// The template itself, or a partial.
    struct Program: Sendable {
        var source: [UInt8]
        var instructions: [Instruction] = []
    }

    /// The template is the first.
    var programs: [Program]
    /// The segments of each name; none for the implicit iterator `.`.
    var names: [[String]]

    /// A guess that spares the output from growing often.
    var expectedBytes: Int { (programs.first?.source.count ?? 0) * 5 / 4 + 256 }

    /// Partials that include themselves end here, whatever the data.
    static let maximumPartialDepth = 128

    func render(_ root: some MustacheRoot, to output: inout [UInt8]) {
        var renderer = MustacheRenderer(code: self, root: root)
        renderer.run(0, programs[0].instructions.indices, to: &output)
    }
}

/// Where names are looked up that no section supplies.
protocol MustacheRoot {
    /// - Parameters:
    ///   - name: the name's number.
    ///   - first: its first segment.
    func value(of name: Int, named first: String) -> MustacheValue?
    /// The implicit iterator outside of any section.
    var whole: MustacheValue? { get }
}

extension MustacheValue: MustacheRoot {
    func value(of _: Int, named first: String) -> MustacheValue? {
        if case .object(let members) = self { members[first] } else { nil }
    }
    var whole: MustacheValue? { self }
}

private struct MustacheRenderer<Root: MustacheRoot> {
    let code: MustacheCode
    let root: Root
    /// Values of the sections that are open, the innermost last.
    private var scopes: [MustacheValue] = []
    private var indentation: [UInt8] = []
    private var partialDepth = 0

    init(code: MustacheCode, root: Root) {
        self.code = code
        self.root = root
    }

    mutating func run(_ program: Int, _ range: Range<Int>, to output: inout [UInt8]) {
        let instructions = code.programs[program].instructions
        var index = range.lowerBound
        while index < range.upperBound {
            defer { index += 1 }
            switch instructions[index] {
            case .text(let part):
                output.append(contentsOf: code.programs[program].source[part])
            case .indentation:
                output.append(contentsOf: indentation)
            case .variable(let name, let isEscaped):
                guard let value = value(of: name) else { continue }
                if isEscaped {
                    output.append(escapingHTML: value.text)
                } else {
                    output.append(contentsOf: value.text.utf8)
                }
            case .section(let name, let end):
                let body = index + 1..<end
                index = end - 1
                guard let value = value(of: name), !value.isFalsey else { continue }
                if case .list(let items) = value {
                    for item in items { run(program, body, under: item, to: &output) }
                } else {
                    run(program, body, under: value, to: &output)
                }
            case .inverted(let name, let end):
                let body = index + 1..<end
                index = end - 1
                if value(of: name)?.isFalsey ?? true { run(program, body, to: &output) }
            case .partial(let partial, let indent):
                guard partialDepth < MustacheCode.maximumPartialDepth else { continue }
                let outer = indentation
                if let indent {
                    indentation += code.programs[program].source[indent]
                } else {
                    indentation = []
                }
                partialDepth += 1
                run(partial, code.programs[partial].instructions.indices, to: &output)
                partialDepth -= 1
                indentation = outer
            }
        }
    }

    private mutating func run(
        _ program: Int, _ body: Range<Int>, under scope: MustacheValue, to output: inout [UInt8]
    ) {
        scopes.append(scope)
        run(program, body, to: &output)
        scopes.removeLast()
    }

    private func value(of name: Int) -> MustacheValue? {
        let segments = code.names[name]
        guard let first = segments.first else { return scopes.last ?? root.whole }
        var found: MustacheValue?
        for scope in scopes.reversed() {
            guard case .object(let members) = scope, let member = members[first] else { continue }
            found = member
            break
        }
        var value = found ?? root.value(of: name, named: first)
        // Once the first segment is found, the rest counts in it alone (specification, "interpolation").
        for segment in segments.dropFirst() {
            guard case .object(let members) = value else { return nil }
            value = members[segment]
        }
        return value
    }
}

extension [UInt8] {
    /// Appends text with `&`, `<`, `>`, `"` and `'` as character references, safe in HTML text and quoted attributes.
    fileprivate mutating func append(escapingHTML text: String) {
        var text = text
        text.withUTF8 { bytes in
            var start = 0
            for (index, byte) in bytes.enumerated() {
                let reference: StaticString
                switch byte {
                case UInt8(ascii: "&"): reference = "&amp;"
                case UInt8(ascii: "<"): reference = "&lt;"
                case UInt8(ascii: ">"): reference = "&gt;"
                case UInt8(ascii: "\""): reference = "&quot;"
                case UInt8(ascii: "'"): reference = "&#39;"
                default: continue
                }
                append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<index]))
                append(
                    contentsOf: UnsafeBufferPointer(
                        start: reference.utf8Start, count: reference.utf8CodeUnitCount))
                start = index + 1
            }
            append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start...]))
        }
    }
}
