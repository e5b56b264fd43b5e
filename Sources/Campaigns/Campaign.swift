/// A campaign as its owner describes it in `campaigns/<id>/campaign.json`.
package struct Campaign: Sendable, Hashable {
    package var id: CampaignID
    package var name: String
    /// A Mustache template, one line.
    package var subject: String
    package var from: Mailbox
    package var replyTo: [Mailbox]
    /// File of the HTML part's template, within the campaign's folder.
    package var html: String?
    /// File of the plain text part's template, within the campaign's folder.
    package var text: String?
    /// File of the recipients list: CSV, gzip-compressed if it ends in `.gz`.
    package var recipients: String
    /// Lists of addresses that are not mailed: CSV, read with the same address column or a lone column.
    package var exclude: [String]
    /// `nil`: the address is in the column `email`, every other column is a variable of its own name.
    package var columns: ColumnMap?
    package var schedule: Schedule?
    /// Mails that follow the first one, in order of time.
    package var sequence: [SequenceStep]
    /// SES configuration set.
    package var configurationSet: String?
    /// SES message tags beside those of the run.
    package var tags: [String: String]
    /// Further header fields, printable ASCII.
    package var headers: [OutgoingMail.HeaderField]
    /// Ceiling in mails a second, below the account's own.
    package var rate: Double?
    /// Share of bounces over delivered mail (0 to 1) at which the run is paused.
    package var bounceLimit: Double
    /// Share of complaints over delivered mail (0 to 1) at which the run is paused.
    package var complaintLimit: Double
    package var requiresApproval: Bool
    /// Whether an empty cell of a variable that the templates need is an error.
    package var requiresValues: Bool
    /// Whether `Ann@example.org` and `ann@example.org` are two people.
    package var hasCaseSensitiveLocalParts: Bool

    /// Below the 5 percent at which SES reviews an account.
    package static let defaultBounceLimit = 0.04
    /// Below the 0.1 percent at which SES reviews an account and Gmail and Yahoo lose patience.
    package static let defaultComplaintLimit = 0.0008

    /// Which columns of the list are read.
    package struct ColumnMap: Sendable, Hashable {
        package var email: String
        /// Variable name to column name.
        package var variables: [String: String]
        package init(email: String, variables: [String: String]) {
            self.email = email
            self.variables = variables
        }
    }

    package init(
        id: CampaignID, name: String, subject: String, from: Mailbox, replyTo: [Mailbox] = [],
        html: String? = nil,
        text: String? = nil, recipients: String, exclude: [String] = [], columns: ColumnMap? = nil,
        schedule: Schedule? = nil, sequence: [SequenceStep] = [], configurationSet: String? = nil,
        tags: [String: String] = [:],
        headers: [OutgoingMail.HeaderField] = [], rate: Double? = nil,
        bounceLimit: Double = Campaign.defaultBounceLimit,
        complaintLimit: Double = Campaign.defaultComplaintLimit, requiresApproval: Bool = false,
        requiresValues: Bool = false,
        hasCaseSensitiveLocalParts: Bool = false
    ) {
        self.id = id
        self.name = name
        self.subject = subject
        self.from = from
        self.replyTo = replyTo
        self.html = html
        self.text = text
        self.recipients = recipients
        self.exclude = exclude
        self.columns = columns
        self.schedule = schedule
        self.sequence = sequence
        self.configurationSet = configurationSet
        self.tags = tags
        self.headers = headers
        self.rate = rate
        self.bounceLimit = bounceLimit
        self.complaintLimit = complaintLimit
        self.requiresApproval = requiresApproval
        self.requiresValues = requiresValues
        self.hasCaseSensitiveLocalParts = hasCaseSensitiveLocalParts
    }
}
