/// Turns templates into ``MustacheCode``.
struct MustacheCompiler {
    /// The names that a row must supply, in order of appearance.
    private(set) var variables: [MustacheTemplate.Variable] = []

    private let escaping: MustacheTemplate.Escaping
    private let partials: [String: String]
    private let policy: MustacheTemplate.PartialPolicy
    private var code = MustacheCode(programs: [], names: [])
    private var nameNumbers: [[String]: Int] = [:]
    private var programNumbers: [String: Int] = [:]
    private var seenVariables: Set<String> = []

    /// Sections within sections.
    private static let maximumDepth = 64
    /// Instructions when every partial is written out where it is used.
    private static let maximumInstructions = 1_000_000
    private static let maximumNameBytes = 256

    init(
        escaping: MustacheTemplate.Escaping, partials: [String: String],
        policy: MustacheTemplate.PartialPolicy
    ) {
        self.escaping = escaping
        self.partials = partials
        self.policy = policy
    }

    mutating func compile(_ source: String, file: String) throws(Problem) -> MustacheCode {
        code.programs.append(MustacheCode.Program(source: []))
        try compile(source, file: file, into: 0)
        if policy == .strict {
            var sizes: [Int?] = Array(repeating: nil, count: code.programs.count)
            var isOpen = Array(repeating: false, count: code.programs.count)
            _ = try measure(0, file: file, &sizes, &isOpen)
        }
        return code
    }

    /// Instructions of a program with its partials written out; refuses partials that include themselves.
    private func measure(_ program: Int, file: String, _ sizes: inout [Int?], _ isOpen: inout [Bool])
        throws(Problem) -> Int
    {
        if let size = sizes[program] { return size }
        guard !isOpen[program] else {
            throw Problem(
                .invalidInput, file: file, "a partial includes itself", remedy: "Write its text out")
        }
        isOpen[program] = true
        defer { isOpen[program] = false }
        var size = code.programs[program].instructions.count
        for case .partial(let partial, _) in code.programs[program].instructions {
            size += try measure(partial, file: file, &sizes, &isOpen)
            guard size <= MustacheCompiler.maximumInstructions else {
                throw Problem(
                    .invalidInput, file: file, "the template with its partials is too large",
                    remedy: "Use fewer partials within partials")
            }
        }
        sizes[program] = size
        return size
    }

    /// A section that is not closed yet.
    private struct OpenSection {
        var name: String
        var instruction: Int
        var isInverted: Bool
        var tag: MustacheTag
    }

    private mutating func compile(_ source: String, file: String, into program: Int) throws(Problem) {
        var scanner = try MustacheScanner(source, file: file)
        code.programs[program].source = scanner.source
        var open: [OpenSection] = []
        while let tag = try scanner.next() {
            emit(text: tag.textBefore, of: scanner.source, to: program)
            if !tag.isStandalone, scanner.isLineStart(tag.range.lowerBound) { emitIndentation(to: program) }
            switch tag.kind {
            case .comment, .delimiters:
                break
            case .variable(let name, let isRaw):
                let number = try number(of: name, tag, scanner, isInSection: open.contains { !$0.isInverted })
                code.programs[program].instructions.append(
                    .variable(name: number, isEscaped: escaping == .html && !isRaw))
            case .section(let name, let isInverted):
                guard open.count < MustacheCompiler.maximumDepth else {
                    throw scanner.problem(
                        tag, "sections are nested more than \(MustacheCompiler.maximumDepth) deep",
                        remedy: "Nest fewer sections")
                }
                let number = try number(of: name, tag, scanner, isInSection: open.contains { !$0.isInverted })
                let instruction = code.programs[program].instructions.count
                code.programs[program].instructions.append(
                    isInverted ? .inverted(name: number, end: 0) : .section(name: number, end: 0))
                open.append(
                    OpenSection(name: name, instruction: instruction, isInverted: isInverted, tag: tag))
            case .end(let name):
                guard let section = open.popLast() else {
                    throw scanner.problem(
                        tag, "{{/\(name)}} closes a section that is not open",
                        remedy: "Remove it, or open it with {{#\(name)}}")
                }
                guard section.name == name else {
                    throw scanner.problem(
                        tag,
                        "{{/\(name)}} stands where the section \"\(section.name)\" of line \(section.tag.line) must be closed first",
                        remedy: "Write {{/\(section.name)}}")
                }
                close(section, in: program)
            case .partial(let name):
                guard let partial = try partialProgram(name, tag, scanner) else { continue }
                code.programs[program].instructions.append(
                    .partial(program: partial, indentation: tag.isStandalone ? tag.indentation : nil))
            }
        }
        if let section = open.last {
            throw scanner.problem(
                section.tag, "the section \"\(section.name)\" is never closed",
                remedy: "Write {{/\(section.name)}} where it ends")
        }
        emit(text: scanner.rest, of: scanner.source, to: program)
    }

    private mutating func close(_ section: OpenSection, in program: Int) {
        let end = code.programs[program].instructions.count
        switch code.programs[program].instructions[section.instruction] {
        case .section(let name, _):
            code.programs[program].instructions[section.instruction] = .section(name: name, end: end)
        case .inverted(let name, _):
            code.programs[program].instructions[section.instruction] = .inverted(name: name, end: end)
        default: break
        }
    }

    private mutating func emitIndentation(to program: Int) {
        // Only a partial can stand under an indentation.
        if program > 0 { code.programs[program].instructions.append(.indentation) }
    }

    private mutating func emit(text: Range<Int>, of source: [UInt8], to program: Int) {
        guard !text.isEmpty else { return }
        guard program > 0 else {
            code.programs[program].instructions.append(.text(text))
            return
        }
        var start = text.lowerBound
        while start < text.upperBound {
            let newline = source[start..<text.upperBound].firstIndex(of: UInt8(ascii: "\n"))
            let end = newline.map { $0 + 1 } ?? text.upperBound
            let isBlank =
                source[start] == UInt8(ascii: "\n") || source[start..<end].elementsEqual("\r\n".utf8)
            if !isBlank, start == 0 || source[start - 1] == UInt8(ascii: "\n") {
                emitIndentation(to: program)
            }
            code.programs[program].instructions.append(.text(start..<end))
            start = end
        }
    }

    /// The number of a name, which is noted as a variable unless it is a section's own value.
    private mutating func number(
        of name: String, _ tag: MustacheTag, _ scanner: MustacheScanner, isInSection: Bool
    ) throws(Problem) -> Int {
        var segments: [String] = []
        if name != "." {
            segments = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            guard !segments.contains("") else {
                throw scanner.problem(
                    tag, "\"\(name)\" has an empty part", remedy: "Put names between the dots")
            }
        }
        guard name.utf8.count <= MustacheCompiler.maximumNameBytes else {
            throw scanner.problem(
                tag, "a name is longer than \(MustacheCompiler.maximumNameBytes) bytes",
                remedy: "Close the tag with \(scanner.closeDelimiter), or use a shorter name")
        }
        if let top = segments.first ?? (isInSection ? nil : "."), seenVariables.insert(top).inserted {
            variables.append(MustacheTemplate.Variable(name: top, line: tag.line, column: tag.column))
        }
        if let number = nameNumbers[segments] { return number }
        nameNumbers[segments] = code.names.count
        code.names.append(segments)
        return code.names.count - 1
    }

    /// The program of a partial, compiled when it is met first; `nil` for a missing one that may be missing.
    private mutating func partialProgram(
        _ name: String, _ tag: MustacheTag, _ scanner: MustacheScanner
    ) throws(Problem) -> Int? {
        if let program = programNumbers[name] { return program }
        guard let source = partials[name] else {
            guard policy == .strict else { return nil }
            throw scanner.problem(
                tag, "there is no partial \"\(name)\"", remedy: "Write its text in its place")
        }
        let program = code.programs.count
        programNumbers[name] = program
        code.programs.append(MustacheCode.Program(source: []))
        try compile(source, file: name, into: program)
        return program
    }
}
