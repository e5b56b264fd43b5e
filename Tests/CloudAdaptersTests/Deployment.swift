import AWSSupport
import CloudAdapters

extension MotoAccount {
    /// A new bucket, table and queue.
    func deployment(prefix: String = "") async throws -> CloudConfiguration {
        CloudConfiguration(
            bucket: try await createBucket(), prefix: prefix, table: try await createTable(),
            queueURL: try await createQueue(maximumReceives: 5))
    }
}
