import Foundation
import TestSupport
import Testing

/// A campaign that a person has to approve, by the command line and the scheduler function on one table.
@Suite("Approval on AWS", .timeLimit(.minutes(10)))
struct ApprovalTests {
    @Test("the scheduler waits for an approval on the command line, and then plans what was approved")
    func tick() async throws {
        try await withDeployment { deployment in
            let time = ISO8601DateFormatter().string(from: Date(timeIntervalSinceNow: -60)).dropLast()
            func upload(_ subject: String) async throws {
                try await deployment.upload("paul-simon") {
                    $0["approval"] = "required"
                    $0["subject"] = subject
                    $0["schedule"] = ["at": String(time), "timeZone": "UTC"]
                }
            }
            func outcomes(_ ticks: Int) async throws -> [String?] {
                let event = #"{"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}"#
                return try await withRuntimeAPI(
                    invocations: (0..<ticks).map { .invocation("\($0)", event) }
                ) { api in
                    try api.start(
                        "jada-blast-worker", handler: "scheduler", environment: deployment.environment)
                    return try await api.outcomes(ticks).map {
                        try JSONDecoder().decode(SchedulerAnswer.self, from: Data($0.text.utf8)).campaigns
                            .first?.outcome
                    }
                }
            }
            func approve(_ options: String...) async throws -> CommandResult {
                try await jadaBlast(
                    ["approve", "paul-simon", "--aws", "--json"] + options, deployment.environment)
            }
            try await upload("Aboard")
            #expect(try await outcomes(2) == ["waitingForApproval", "waitingForApproval"])
            let status = try await jadaBlast(["status", "--aws"], deployment.environment)
            #expect(status.output.contains("paul-simon waits for approval"))
            #expect(try await approve("--by", "Ann").status == 0)
            try await upload("All aboard")
            #expect(try await outcomes(1) == ["waitingForApproval"])
            #expect(try await deployment.waiting() == 0)
            #expect(try await approve("--by", "Ann").status == 0)
            #expect(try await approve("--revoke").status == 0)
            #expect(try await outcomes(1) == ["waitingForApproval"])
            #expect(try await approve("--by", "Ann").status == 0)
            #expect(try await outcomes(2) == ["planned", nil])
            #expect(try await deployment.waiting() == 1)
        }
    }
}
