package import Campaigns

/// The suppression list of an account in one Region, as commands name it.
package struct AccountList: Sendable {
    /// `SES us-west-2`; what stands for SES's list has a name of its own.
    package let name: String
    package let account: any SendingAccount
    /// `nil` where nothing can be added to it.
    package let additions: (any AccountSuppressionList)?
    /// Whether mail goes out through this account and Region, so that what it suppresses is not mailed.
    package let isSendingFrom: Bool

    package init(
        name: String, account: any SendingAccount, additions: (any AccountSuppressionList)?,
        isSendingFrom: Bool
    ) {
        self.name = name
        self.account = account
        self.additions = additions
        self.isSendingFrom = isSendingFrom
    }
}
