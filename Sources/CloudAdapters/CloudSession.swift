package import AWS
package import Campaigns
package import HTTP

extension AWSConfiguration {
    /// The standard configuration of a process, with failures told as a ``Problem``.
    package static func standard(
        environment: [String: String], http: HTTPClient
    ) throws(Problem) -> AWSConfiguration {
        do throws(AWSError) {
            return try AWSConfiguration(environment: environment, http: http)
        } catch {
            throw Problem(
                .configuration, error.description,
                remedy:
                    "Set AWS_REGION, such as us-west-2, or choose a profile that has a Region with AWS_PROFILE"
            )
        }
    }

    /// Reads a secret from SSM's Parameter Store.
    package func secret(_ name: String) async throws -> String {
        do throws(AWSError) {
            return try await SSM(configuration: self).parameter(name)
        } catch {
            throw error.failure(of: .parameter(name))
        }
    }
}
