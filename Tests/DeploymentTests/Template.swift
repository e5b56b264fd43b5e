import Foundation
import TestSupport

/// What template.yaml says.
struct Template: Decodable {
    /// By the function's logical name: the IAM actions of its policies.
    let actions: [String: [String]]
    /// Seconds, by the function's logical name.
    let timeouts: [String: Int]
    /// Seconds, by the queue's logical name.
    let visibilityTimeouts: [String: Int]

    static let path = Checkout.root.appendingPathComponent("template.yaml").path

    static func read() async throws -> Template {
        let text = try await runPython("oracles/template.py", [path])
        return try JSONDecoder().decode(Template.self, from: Data(text.utf8))
    }
}
