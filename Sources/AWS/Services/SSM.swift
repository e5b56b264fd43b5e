// Members of requests and answers bear the names that the API gives them.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

/// A client of AWS Systems Manager's Parameter Store (API version 2014-11-06).
package struct SSM: Sendable {
    private let calls: JSONService

    package init(configuration: AWSConfiguration) {
        calls = JSONService(.ssm, configuration: configuration, target: ("AmazonSSM", "1.1"))
    }

    /// The value of a parameter, decrypted if it is a SecureString: it may be a secret.
    ///
    /// - Throws: code `ParameterNotFound` where there is none of that name.
    package func parameter(_ name: String) async throws(AWSError) -> String {
        struct Input: Encodable {
            let Name: String
            let WithDecryption = true
        }
        struct Output: Decodable {
            struct Parameter: Decodable {
                let Value: String
            }
            let Parameter: Parameter
        }
        return try await calls.call("GetParameter", Input(Name: name), as: Output.self).Parameter.Value
    }
}
