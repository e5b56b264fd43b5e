/// What is wrong with an address.
package enum AddressFault: String, Error, Hashable, CaseIterable {
    case empty
    case missingAt
    case fullWidthAt
    case severalAts
    case severalAddresses
    case displayName
    case comment
    case whiteSpace
    case controlCharacter
    case addressTooLong

    case emptyLocalPart
    case localPartTooLong
    case misplacedDot
    case invalidLocalPartCharacter
    case internationalLocalPart
    case unclosedQuote
    case textAfterQuote

    case emptyDomain
    case domainTooLong
    case addressLiteral
    case singleLabelDomain
    case trailingDot
    case emptyLabel
    case labelTooLong
    case misplacedHyphen
    case invalidDomainCharacter
    case numericTopLevelDomain
    case invalidInternationalDomain
}

extension AddressFault: CustomStringConvertible {
    /// A sentence for people, without a final stop.
    package var description: String {
        switch self {
        case .empty: "there is no address"
        case .missingAt: "the address has no @ between name and domain"
        case .fullWidthAt: "the address has a full-width @ (U+FF20) instead of a plain one"
        case .severalAts: "the address has more than one @"
        case .severalAddresses: "there is more than one address"
        case .displayName: "the address stands in angle brackets or with a name, as in Ann <ann@example.org>"
        case .comment: "the address holds parentheses, which enclose comments"
        case .whiteSpace: "the address holds white space"
        case .controlCharacter: "the address holds a control character"
        case .addressTooLong: "the address is longer than 254 characters"
        case .emptyLocalPart: "nothing stands before the @"
        case .localPartTooLong: "the part before the @ is longer than 64 characters"
        case .misplacedDot: "the part before the @ begins or ends with a dot or has two in a row"
        case .invalidLocalPartCharacter: "the part before the @ holds a character that is not allowed there"
        case .internationalLocalPart:
            "the part before the @ is not plain ASCII, which Amazon SES does not deliver to (it has no SMTPUTF8)"
        case .unclosedQuote: "the quote that opens before the @ is never closed"
        case .textAfterQuote: "text follows the quote that closes before the @"
        case .emptyDomain: "nothing stands after the @"
        case .domainTooLong: "the domain is longer than 253 characters"
        case .addressLiteral: "the domain is an address in square brackets, not a name"
        case .singleLabelDomain: "the domain has no dot, as in localhost"
        case .trailingDot: "the domain ends with a dot"
        case .emptyLabel: "the domain begins with a dot or has two in a row"
        case .labelTooLong: "a part of the domain is longer than 63 characters"
        case .misplacedHyphen: "a part of the domain begins or ends with a hyphen"
        case .invalidDomainCharacter:
            "the domain holds a character that is not a letter, digit, hyphen or dot"
        case .numericTopLevelDomain: "the domain ends in a number: it is an IP address or has lost its ending"
        case .invalidInternationalDomain: "the domain is not a valid internationalised name (IDNA 2008)"
        }
    }
}
