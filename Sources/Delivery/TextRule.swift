internal import Campaigns

/// What a text of campaign.json may hold.
enum TextRule {
    /// Something else than white space.
    case filled
    /// Filled, and no line breaks or control characters: what ends up in a header.
    case oneLine
    /// A file within the campaign's folder.
    case fileName
    /// Can stand between the braces of a template.
    case variable
    /// SES API v2: SendEmail, ConfigurationSetName.
    case configurationSet
    /// SES API v2: MessageTag.
    case tag
    /// SES API v2: MessageHeader, with room for the rest of the line.
    case headerValue

    func holds(for text: String) -> Bool {
        switch self {
        case .filled: !text.allSatisfy(\.isWhitespace)
        case .oneLine:
            !text.allSatisfy(\.isWhitespace) && !text.unicodeScalars.contains(where: HeaderText.isControl)
        case .fileName:
            text.utf8.count <= 255 && !text.utf8.contains(UInt8(ascii: "\\"))
                && !text.unicodeScalars.contains(where: HeaderText.isControl)
                && text.split(separator: "/", omittingEmptySubsequences: false)
                    .allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
        case .variable:
            !text.isEmpty && text.utf8.count <= 256 && text.first?.isWhitespace == false
                && text.last?.isWhitespace == false
                && !text.unicodeScalars.contains {
                    HeaderText.isControl($0) || "{}.".unicodeScalars.contains($0)
                }
        case .configurationSet: (1...64).contains(text.utf8.count) && text.utf8.allSatisfy(TextRule.isTagByte)
        case .tag: (1...256).contains(text.utf8.count) && text.utf8.allSatisfy(TextRule.isTagByte)
        case .headerValue:
            (1...870).contains(text.utf8.count) && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
                && !text.allSatisfy(\.isWhitespace)
        }
    }

    /// What is wrong where the rule does not hold.
    var complaint: String {
        switch self {
        case .filled: "is empty"
        case .oneLine: "is empty, or has a line break or control character"
        case .fileName: "is no name of a file in the campaign's folder"
        case .variable: "is no name of a variable"
        case .configurationSet: "is no name of a configuration set"
        case .tag: "must be 1 to 256 letters, digits, hyphens and underscores"
        case .headerValue: "must be 1 to 870 printable ASCII characters"
        }
    }

    var remedy: String {
        switch self {
        case .filled: "Fill it in"
        case .oneLine: "Write it on one line"
        case .fileName:
            "Write a path within the folder, such as lists/recipients.csv, without .. and a leading /"
        case .variable: "Use letters, digits and underscores"
        case .configurationSet: "Use 1 to 64 letters, digits, hyphens and underscores"
        case .tag: "Use A-Z, a-z, 0-9, _ and - only"
        case .headerValue: "Write it in ASCII, on one line"
        }
    }

    private static func isTagByte(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "_")
            || byte == UInt8(ascii: "-")
    }
}
