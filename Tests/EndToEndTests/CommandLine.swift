import Campaigns
import Foundation
import TestSupport

/// A command line that has ended.
struct CommandResult {
    let status: Int32
    let output: String
    let errors: String

    /// Reads standard output, which holds one JSON object.
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(output.utf8))
        } catch {
            throw UnexpectedAnswer(description: "status \(status)\n\(output)\n\(errors)")
        }
    }
}

/// Runs `jada-blast` in the checkout's folder, where its defaults find examples/ and events/.
func jadaBlast(_ arguments: [String], _ environment: [String: String]) async throws -> CommandResult {
    let program = try Program(
        "jada-blast", arguments, environment: environment, folder: Checkout.root)
    let status = await program.exitStatus
    return CommandResult(status: status, output: program.output, errors: program.errors)
}

/// What `invoke --json` prints.
struct Summary: Decodable, Equatable {
    struct Counts: Decodable, Equatable {
        var rows, accepted, rejected, suppressed, invalid, duplicate, excluded, uncertain: Int

        var total: Int {
            accepted + rejected + suppressed + invalid + duplicate + excluded + uncertain
        }
    }
    var run: String
    var status: String
    var reason: String?
    var counts: Counts
    var pending: Int
}

/// What a command prints with --json when it fails.
struct Complaint: Decodable {
    struct Problem: Decodable {
        var kind: String
        var file: String?
        var key: String?
        var message: String
        var remedy: String?
    }
    var problems: [Problem]
}
