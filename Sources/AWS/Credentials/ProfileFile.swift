/// The INI dialect of AWS's shared config and credentials files.
///
/// Source: AWS SDKs and Tools Reference Guide, "Format of the config file"; where it is silent, botocore's reader, which
/// takes `:` for `=` and keys in any case.
enum ProfileFile {
    struct Section: Equatable {
        var values: [String: String] = [:]
        /// Indented `key = value` lines beneath a key without a value.
        var nested: [String: [String: String]] = [:]

        func merging(_ other: Section) -> Section {
            Section(
                values: values.merging(other.values) { $1 },
                nested: nested.merging(other.nested) { $0.merging($1) { $1 } })
        }
    }

    /// - Returns: sections by name, white space inside a name being one space and quotes gone: `profile work`.
    /// - Throws: a sentence that names file and line; it quotes no value.
    static func parse(_ text: [UInt8], path: String) throws(SmallFile.Failure) -> [String: Section] {
        var sections: [String: Section] = [:]
        var section: String?
        var key: String?
        let text = text.starts(with: [0xEF, 0xBB, 0xBF]) ? text.dropFirst(3) : text[...]
        let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, bytes) in lines.enumerated() {
            func failure(_ problem: String) -> SmallFile.Failure {
                SmallFile.Failure(message: "\(path):\(index + 1): \(problem)")
            }
            guard let line = String(validating: bytes, as: UTF8.self) else {
                throw failure("the line is not valid UTF-8")
            }
            let content = withoutComment(line)
            if content.isEmpty { continue }

            if line.first == " " || line.first == "\t" {
                guard let section, let key else {
                    throw failure("an indented line follows no key; remove the white space at its start")
                }
                if sections[section]?.values[key]?.isEmpty == true || sections[section]?.nested[key] != nil {
                    guard let (name, value) = pair(content) else {
                        throw failure("expected `key = value` beneath \(key)")
                    }
                    sections[section]?.nested[key, default: [:]][name] = value
                } else {
                    sections[section]?.values[key]? += "\n\(content)"
                }
            } else if content.first == "[" {
                guard content.last == "]", let name = sectionName(content.dropFirst().dropLast()) else {
                    throw failure("expected a section such as `[profile work]`")
                }
                section = name
                key = nil
                sections[name, default: Section()].values.merge([:]) { $1 }
            } else {
                guard let section else { throw failure("a key before the first section such as `[default]`") }
                guard let (name, value) = pair(content) else { throw failure("expected `key = value`") }
                sections[section]?.values[name] = value
                sections[section]?.nested[name] = nil
                key = name
            }
        }
        return sections
    }

    /// Cuts off a comment: from `#` or `;` at the line's start or after white space.
    private static func withoutComment(_ line: String) -> Substring {
        var previous: Character = " "
        var end = line.startIndex
        while end < line.endIndex {
            let character = line[end]
            if (character == "#" || character == ";") && (previous == " " || previous == "\t") { break }
            previous = character
            end = line.index(after: end)
        }
        return trimmed(line[..<end])
    }

    private static func pair(_ content: Substring) -> (key: String, value: String)? {
        guard let separator = content.firstIndex(where: { $0 == "=" || $0 == ":" }) else { return nil }
        let key = trimmed(content[..<separator]).lowercased()
        return key.isEmpty ? nil : (key, String(trimmed(content[content.index(after: separator)...])))
    }

    private static func sectionName(_ content: Substring) -> String? {
        let content = trimmed(content)
        guard let space = content.firstIndex(where: { $0 == " " || $0 == "\t" }) else {
            return content.isEmpty ? nil : String(content)
        }
        var name = trimmed(content[space...])
        for quote in ["\"", "'"] where name.count >= 2 && name.hasPrefix(quote) && name.hasSuffix(quote) {
            name = name.dropFirst().dropLast()
        }
        return "\(content[..<space]) \(name)"
    }

    private static func trimmed(_ text: Substring) -> Substring {
        func isSpace(_ character: Character) -> Bool {
            character == " " || character == "\t" || character == "\r" || character == "\r\n"
        }
        var text = text.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        return text
    }
}
