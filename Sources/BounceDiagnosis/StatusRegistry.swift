internal import Deliverability

/// What enhanced status codes mean, where a report has no words that say more.
///
/// Sources: RFC 3463, RFC 7372 and others in IANA's registry "SMTP Enhanced Status Codes"; for x.y.z beyond it "Email
/// non-delivery reports and SMTP errors in Exchange Online" (Microsoft Learn), and for three-digit details of 5.7 there
/// "Remote server returned …".
enum StatusRegistry {
    struct Meaning: Sendable {
        var reason: Reason
        /// Whether it goes before wordings that are not decisive: the code was made for exactly that.
        var isDecisive: Bool
    }

    /// The row of a code, else that of its subject and detail in any class, else `nil`: x.0.0 says nothing.
    static func meaning(of status: String) -> Meaning? {
        if let meaning = exact[status] { return meaning }
        let detail = String(status.dropFirst(2))
        if let meaning = anyClass[detail] { return meaning }
        // Exchange Online: 5.7.501 to 5.7.512 and 5.7.606 to 5.7.649 and their neighbours.
        guard detail.hasPrefix("7."), let number = Int(detail.dropFirst(2)) else { return nil }
        return ranges.first { $0.numbers.contains(number) }?.meaning
    }

    private static func sure(_ reason: Reason) -> Meaning { Meaning(reason: reason, isDecisive: true) }
    private static func hint(_ reason: Reason) -> Meaning { Meaning(reason: reason, isDecisive: false) }

    private static let exact: [String: Meaning] = [
        "4.2.0": hint(.blocked), "4.2.1": hint(.suspend), "4.3.0": hint(.systemerror),
        "4.3.1": hint(.systemfull), "4.3.2": hint(.notaccept),
        "4.4.0": hint(.networkerror), "4.4.1": hint(.expired), "4.4.2": hint(.networkerror),
        "4.4.316": hint(.expired),
        "4.4.4": hint(.networkerror), "4.7.0": hint(.blocked), "4.7.1": hint(.blocked),
        "5.4.1": hint(.rejected), "4.7.5": sure(.failedstarttls),
        "5.4.300": hint(.expired), "5.4.310": sure(.hostunknown), "5.4.312": hint(.networkerror),
        "5.4.316": hint(.expired),
    ]

    private static let anyClass: [String: Meaning] = [
        "1.0": hint(.userunknown), "1.1": hint(.userunknown), "1.2": hint(.hostunknown),
        "1.3": hint(.userunknown), "1.4": hint(.filtered),
        "1.5": hint(.userunknown), "1.6": sure(.hasmoved), "1.7": hint(.rejected), "1.8": hint(.rejected),
        "1.9": hint(.systemerror),
        "1.10": hint(.userunknown), "1.20": hint(.userunknown), "1.90": hint(.toomanyconn),
        "1.350": hint(.filtered), "1.351": hint(.filtered),
        "2.0": hint(.filtered), "2.1": hint(.suspend), "2.2": sure(.mailboxfull), "2.3": sure(.exceedlimit),
        "2.4": hint(.filtered),
        "2.121": hint(.speeding), "2.122": hint(.speeding),
        "3.0": hint(.systemerror), "3.1": sure(.systemfull), "3.2": hint(.notaccept),
        "3.3": hint(.systemerror), "3.4": sure(.mesgtoobig), "3.5": hint(.systemerror),
        "4.0": hint(.networkerror), "4.1": hint(.expired), "4.2": hint(.networkerror),
        "4.3": hint(.systemerror), "4.4": hint(.hostunknown),
        "4.5": hint(.systemerror), "4.6": sure(.networkerror), "4.7": sure(.expired),
        "4.8": hint(.networkerror), "4.14": sure(.networkerror),
        "5.0": hint(.syntaxerror), "5.1": hint(.syntaxerror), "5.2": hint(.syntaxerror),
        "5.3": sure(.toomanyconn), "5.4": hint(.syntaxerror), "5.5": hint(.syntaxerror),
        "5.6": hint(.contenterror),
        "6.0": hint(.contenterror), "6.1": hint(.contenterror), "6.2": hint(.contenterror),
        "6.3": hint(.contenterror), "6.4": hint(.contenterror),
        "6.5": hint(.contenterror), "6.6": hint(.contenterror), "6.7": hint(.contenterror),
        "6.8": hint(.contenterror), "6.9": hint(.contenterror),
        "7.0": hint(.securityerror), "7.1": hint(.securityerror), "7.2": hint(.securityerror),
        "7.3": hint(.securityerror), "7.4": hint(.securityerror),
        "7.5": hint(.securityerror), "7.6": hint(.securityerror), "7.7": hint(.securityerror),
        "7.8": hint(.securityerror), "7.9": hint(.securityerror),
        "7.10": sure(.failedstarttls), "7.11": hint(.securityerror), "7.12": hint(.securityerror),
        "7.13": sure(.suspend), "7.14": hint(.securityerror),
        "7.15": hint(.policyviolation), "7.16": hint(.policyviolation), "7.17": sure(.hasmoved),
        "7.18": hint(.hasmoved), "7.19": hint(.policyviolation),
        "7.20": sure(.authfailure), "7.21": sure(.authfailure), "7.22": sure(.authfailure),
        "7.23": sure(.authfailure), "7.24": sure(.authfailure),
        "7.25": sure(.requireptr), "7.26": sure(.authfailure), "7.27": sure(.rejected),
        "7.28": hint(.speeding), "7.29": sure(.authfailure), "7.30": sure(.securityerror),
        "7.64": hint(.norelaying), "7.124": hint(.securityerror), "7.133": hint(.securityerror),
        "7.136": hint(.securityerror), "7.193": hint(.securityerror),
        "7.232": hint(.toomanyconn), "7.233": hint(.toomanyconn), "7.500": hint(.blocked),
        "7.501": hint(.spamdetected), "7.502": hint(.spamdetected), "7.503": hint(.spamdetected),
        "7.504": hint(.filtered), "7.505": hint(.filtered), "7.506": hint(.blocked),
        "7.507": hint(.policyviolation), "7.508": hint(.toomanyconn),
        "7.509": sure(.authfailure), "7.510": hint(.rejected), "7.511": sure(.blocked),
        "7.512": hint(.notcompliantrfc), "7.513": hint(.blocked), "7.515": sure(.authfailure),
        "7.700": hint(.toomanyconn), "7.705": hint(.toomanyconn), "7.708": hint(.blocked),
        "7.750": hint(.blocked), "7.800": hint(.blocked), "7.850": hint(.blocked),
    ]

    private static let ranges: [(numbers: ClosedRange<Int>, meaning: Meaning)] = [
        (606...649, sure(.blocked)), (650...699, hint(.blocked)), (700...749, hint(.toomanyconn)),
    ]

    /// What a reply code alone means: the least that can be said. Source: RFC 5321 section 4.2.3, RFC 4954, RFC 7504.
    static func meaning(ofReply code: Int) -> Reason? {
        switch code {
        case 421: .blocked
        case 422, 552: .mailboxfull
        case 432, 454, 530, 534, 535, 538: .securityerror
        case 451, 455: .systemerror
        case 452: .systemfull
        case 500...504: .syntaxerror
        case 521, 556: .notaccept
        case 523: .exceedlimit
        case 525: .suspend
        case 551: .hasmoved
        default: nil
        }
    }
}
