internal import Digests

/// The password of SES's SMTP interface, which is made of an IAM user's secret access key. The user name is the access key's ID.
///
/// Source: Amazon SES Developer Guide, "Obtaining Amazon SES SMTP credentials by converting existing AWS credentials".
package enum SMTPPassword {
    private static let version: UInt8 = 0x04
    /// Of passwords made before 2019, which were the same in every Region. SES takes them no more.
    private static let formerVersion: UInt8 = 0x02

    /// The password that holds in a Region, for as long as the access key does.
    package static func derive(secretAccessKey: String, region: String) -> String {
        var key = Array("AWS4\(secretAccessKey)".utf8)
        for part in ["11111111", region, "ses", "aws4_request", "SendRawEmail"] {
            key = HMACSHA256.authenticate(Array(part.utf8), key: key)
        }
        return Base64.encode([version] + key)
    }

    /// What a text can be seen to be without asking SES.
    package enum Lint: Sendable, Hashable {
        /// It has the form of a password. Whether it is one of that key and Region, only SES knows.
        case plausible
        case empty
        /// It is the form of a secret access key: the password is made of it, and is not it.
        case secretAccessKey
        /// It is the form of an access key's ID, which is the user name.
        case accessKeyID
        /// The access key is a temporary one, of a role: SMTP takes none.
        case temporaryAccessKeyID
        /// It was made in the way before Signature Version 4.
        case formerVersion
        /// Blanks or line breaks before, after or within it.
        case whiteSpace
        /// A character that no password has, counted from 1, such as a typographic quotation mark.
        case foreignCharacter(at: Int)
        /// Too short or too long: in characters, where 44 are right.
        case wrongLength(Int)
        /// The first byte is none of the versions that there are.
        case unknownVersion

        package var isPlausible: Bool { self == .plausible }

        /// One sentence without a final stop; it tells nothing of the text.
        package var meaning: String {
            switch self {
            case .plausible: "the password has the right form"
            case .empty: "there is no password"
            case .secretAccessKey:
                "this has the form of an IAM secret access key, which is not the SMTP password"
            case .accessKeyID: "this is an access key ID, which is the SMTP user name"
            case .temporaryAccessKeyID:
                "this is the ID of a temporary access key, with which nobody logs in at SMTP"
            case .formerVersion:
                "the password was made in the way before 2019, and is the same for every Region"
            case .whiteSpace: "there are blanks or line breaks in the password or around it"
            case .foreignCharacter(let place): "character \(place) is none that a password can have"
            case .wrongLength(let count): "the password has \(count) characters, and not 44"
            case .unknownVersion: "the password does not begin as one does"
            }
        }

        /// An imperative sentence without a final stop; `nil` where nothing is wrong.
        package var remedy: String? {
            switch self {
            case .plausible: nil
            case .empty: "Paste the SMTP password"
            case .secretAccessKey: "Make the password of it by jada-blast smtp-password --region REGION"
            case .accessKeyID: "Paste the password, and put this into the field for the user name"
            case .temporaryAccessKeyID: "Make an access key of an IAM user's (it begins with AKIA)"
            case .formerVersion: "Make a new one by jada-blast smtp-password --region REGION"
            case .whiteSpace: "Paste it again, without what is around it"
            case .foreignCharacter: "Copy it again, not from a text that was formatted"
            case .wrongLength: "Copy it again, from its first character to its last"
            case .unknownVersion: "Make a new one by jada-blast smtp-password --region REGION"
            }
        }
    }

    /// Looks at a password that somebody has pasted.
    package static func lint(_ text: String) -> Lint {
        let bytes = Array(text.utf8)
        if bytes.isEmpty { return .empty }
        if bytes.contains(where: { $0 <= 0x20 }) { return .whiteSpace }
        if let place = text.unicodeScalars.enumerated().first(where: { !isPasswordCharacter($0.element) })?
            .offset
        {
            return .foreignCharacter(at: place + 1)
        }
        if bytes.count == 20, bytes.allSatisfy({ isUpperOrDigit($0) }) {
            if text.hasPrefix("AKIA") { return .accessKeyID }
            if text.hasPrefix("ASIA") { return .temporaryAccessKeyID }
        }
        if bytes.count == 40 { return .secretAccessKey }
        guard bytes.count == 44, let decoded = Base64.decode(text), decoded.count == 33 else {
            return .wrongLength(bytes.count)
        }
        switch decoded[0] {
        case version: return .plausible
        case formerVersion: return .formerVersion
        default: return .unknownVersion
        }
    }

    private static func isPasswordCharacter(_ scalar: Unicode.Scalar) -> Bool {
        guard let byte = UInt8(exactly: scalar.value) else { return false }
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): return true
        default: return isUpperOrDigit(byte) || "+/".utf8.contains(byte)
        }
    }

    private static func isUpperOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
