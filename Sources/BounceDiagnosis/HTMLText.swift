/// HTML as lines of text: enough to read a report by.
enum HTMLText {
    static func lines(_ html: String) -> [String] {
        var text: [UInt8] = []
        var rest = html.utf8[...]
        while let byte = rest.first {
            if byte == UInt8(ascii: "<") {
                guard let end = rest.firstIndex(of: UInt8(ascii: ">")) else { break }
                let tag = String(decoding: rest.dropFirst().prefix(12), as: UTF8.self).lowercased()
                rest = rest[rest.index(after: end)...]
                if tag.hasPrefix("style") || tag.hasPrefix("script") {
                    rest = skip(rest, to: tag.hasPrefix("style") ? "</style" : "</script")
                }
                let isBlock = [
                    "br", "p", "/p", "div", "/div", "tr", "/tr", "li", "h1", "h2", "h3", "/h", "table", "hr",
                    "pre", "/pre",
                ].contains { tag.hasPrefix($0) }
                text.append(isBlock ? UInt8(ascii: "\n") : UInt8(ascii: " "))
            } else if byte == UInt8(ascii: "&") {
                let name = rest.dropFirst().prefix(8).prefix { $0 != UInt8(ascii: ";") }
                let replacement = entities[String(decoding: name, as: UTF8.self)]
                text += Array((replacement ?? "&").utf8)
                rest = rest.dropFirst(replacement == nil ? 1 : name.count + 2)
            } else {
                text.append(byte)
                rest = rest.dropFirst()
            }
        }
        return String(decoding: text, as: UTF8.self).lines.map { $0.trimmed }
    }

    private static func skip(_ rest: Substring.UTF8View, to end: String) -> Substring.UTF8View {
        var rest = rest
        while let open = rest.firstIndex(of: UInt8(ascii: "<")) {
            rest = rest[open...]
            if String(decoding: rest.prefix(end.utf8.count), as: UTF8.self).lowercased() == end {
                return rest
            }
            rest = rest.dropFirst()
        }
        return rest.suffix(0)
    }

    private static let entities = [
        "lt": "<", "gt": ">", "amp": "&", "quot": "\"", "nbsp": " ", "apos": "'", "#39": "'", "#x27": "'",
        "rsquo": "'", "lsquo": "'", "#8217": "'", "#64": "@", "eacute": "é", "egrave": "è", "ouml": "ö",
        "auml": "ä", "uuml": "ü", "szlig": "ß",
    ]
}
