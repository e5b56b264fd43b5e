// Members of requests and answers bear the names that the API gives them.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

/// A client of Amazon EventBridge Scheduler (API version 2021-06-30).
package struct Scheduler: Sendable {
    private let calls: JSONService

    package init(configuration: AWSConfiguration) {
        calls = JSONService(.scheduler, configuration: configuration)
    }

    /// A schedule that calls a target.
    package struct Schedule: Sendable, Hashable {
        /// 1 to 64 of `0-9 a-z A-Z - _ .`.
        package var name: String
        /// `nil` is the group `default`.
        package var group: String?
        /// `at(2026-06-01T10:00:00)`, `rate(…)` or `cron(…)`.
        package var expression: String
        /// An IANA zone name; UTC if `nil`.
        package var timeZone: String?
        package var targetARN: String
        /// The role that Scheduler takes on to call the target.
        package var roleARN: String
        /// What the target is called with, JSON.
        package var input: String?
        /// ARN of the SQS queue for calls that failed.
        package var deadLetterARN: String?
        /// How old a call may get before it is given up; 60 seconds to 24 hours.
        package var maximumEventAge: Duration?
        package var isEnabled: Bool
        /// Whether a one-time schedule goes once it is done.
        package var deletesAfterCompletion: Bool

        package init(
            name: String, group: String? = nil, expression: String, timeZone: String? = nil,
            targetARN: String,
            roleARN: String, input: String? = nil, deadLetterARN: String? = nil,
            maximumEventAge: Duration? = nil, isEnabled: Bool = true, deletesAfterCompletion: Bool = false
        ) {
            self.name = name
            self.group = group
            self.expression = expression
            self.timeZone = timeZone
            self.targetARN = targetARN
            self.roleARN = roleARN
            self.input = input
            self.deadLetterARN = deadLetterARN
            self.maximumEventAge = maximumEventAge
            self.isEnabled = isEnabled
            self.deletesAfterCompletion = deletesAfterCompletion
        }
    }

    /// Creates a schedule and returns its ARN.
    ///
    /// - Parameter token: at most 64 characters; makes a repeated call harmless.
    /// - Throws: code `ConflictException` where the name is taken.
    package func create(_ schedule: Schedule, token: String) async throws(AWSError) -> String {
        struct Output: Decodable {
            let ScheduleArn: String
        }
        let request = request("CreateSchedule", "POST", schedule.name)
        let response = try await calls.send(request, Document(schedule, token: token))
        return try calls.decode(Output.self, from: response, of: request.operation).ScheduleArn
    }

    /// Replaces a schedule as a whole.
    ///
    /// - Throws: code `ResourceNotFoundException` where there is none of that name.
    package func update(_ schedule: Schedule, token: String) async throws(AWSError) {
        let request = request("UpdateSchedule", "PUT", schedule.name)
        _ = try await calls.send(request, Document(schedule, token: token))
    }

    /// The schedule of that name, or `nil`.
    package func get(_ name: String, group: String? = nil) async throws(AWSError) -> Schedule? {
        let request = request("GetSchedule", "GET", name, group: group)
        do throws(AWSError) {
            let response = try await calls.client.send(request)
            return try calls.decode(Document.self, from: response, of: request.operation).schedule
        } catch {
            if error.code == "ResourceNotFoundException" { return nil }
            throw error
        }
    }

    /// Deletes a schedule; one that is not there is no error.
    package func delete(_ name: String, group: String? = nil) async throws(AWSError) {
        do throws(AWSError) {
            _ = try await calls.client.send(request("DeleteSchedule", "DELETE", name, group: group))
        } catch {
            if error.code != "ResourceNotFoundException" { throw error }
        }
    }

    private func request(
        _ operation: String, _ method: String, _ name: String, group: String? = nil
    ) -> AWSRequest {
        AWSRequest(
            operation: operation, method: method, path: ["schedules", name],
            query: group.map { [("groupName", $0)] } ?? [], isIdempotent: true)
    }

    /// A schedule as it travels.
    private struct Document: Codable {
        struct TargetDocument: Codable {
            struct DeadLetters: Codable {
                let Arn: String?
            }
            struct Retries: Codable {
                let MaximumEventAgeInSeconds: Int?
            }
            let Arn: String
            let RoleArn: String
            let Input: String?
            let DeadLetterConfig: DeadLetters?
            let RetryPolicy: Retries?
        }
        struct Window: Codable {
            let Mode: String
        }
        let Name: String
        let GroupName: String?
        let ScheduleExpression: String
        let ScheduleExpressionTimezone: String?
        let State: String?
        let Target: TargetDocument
        let FlexibleTimeWindow: Window?
        let ActionAfterCompletion: String?
        let ClientToken: String?

        init(_ schedule: Schedule, token: String) {
            Name = schedule.name
            GroupName = schedule.group
            ScheduleExpression = schedule.expression
            ScheduleExpressionTimezone = schedule.timeZone
            State = schedule.isEnabled ? "ENABLED" : "DISABLED"
            Target = TargetDocument(
                Arn: schedule.targetARN, RoleArn: schedule.roleARN, Input: schedule.input,
                DeadLetterConfig: schedule.deadLetterARN.map { TargetDocument.DeadLetters(Arn: $0) },
                RetryPolicy: schedule.maximumEventAge.map {
                    TargetDocument.Retries(MaximumEventAgeInSeconds: Int($0.components.seconds))
                })
            FlexibleTimeWindow = Window(Mode: "OFF")
            ActionAfterCompletion = schedule.deletesAfterCompletion ? "DELETE" : "NONE"
            ClientToken = token
        }

        var schedule: Schedule {
            Schedule(
                name: Name, group: GroupName, expression: ScheduleExpression,
                timeZone: ScheduleExpressionTimezone, targetARN: Target.Arn, roleARN: Target.RoleArn,
                input: Target.Input, deadLetterARN: Target.DeadLetterConfig?.Arn,
                maximumEventAge: Target.RetryPolicy?.MaximumEventAgeInSeconds.map { .seconds($0) },
                isEnabled: State != "DISABLED", deletesAfterCompletion: ActionAfterCompletion == "DELETE")
        }
    }
}
