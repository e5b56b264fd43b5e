/// Header fields that a campaign may set itself.
enum CustomHeader {
    /// SES takes 15 (SES API v2: Message); List-Unsubscribe and List-Unsubscribe-Post are ours.
    static let maximumCount = 13
    /// SES API v2: MessageHeader.
    static let maximumNameLength = 126

    /// Beside any `X-` field, in lower case.
    private static let allowed: Set<String> = [
        "auto-submitted", "content-language", "feedback-id", "importance", "keywords", "list-archive",
        "list-help",
        "list-id", "list-owner", "organization", "precedence", "priority",
    ]

    static func fault(ofName name: String) -> (message: String, remedy: String)? {
        let remedy = "Use an X- field or one of \(allowed.sorted().joined(separator: ", "))"
        guard (1...maximumNameLength).contains(name.utf8.count),
            name.utf8.allSatisfy({
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
            })
        else {
            return (
                "is no name of a header field: 1 to \(maximumNameLength) letters, digits and hyphens", remedy
            )
        }
        let lowered = name.lowercased()
        if lowered.hasPrefix("list-unsubscribe") {
            return ("every mail carries this header anyway, made for its recipient", "Leave it out")
        }
        if lowered.hasPrefix("x-ses-") {
            return ("SES takes this header for an instruction", "Use configurationSet and tags instead")
        }
        guard allowed.contains(lowered) || lowered.hasPrefix("x-") && lowered.utf8.count > 2 else {
            return ("this header cannot be set by a campaign", remedy)
        }
        return nil
    }
}
