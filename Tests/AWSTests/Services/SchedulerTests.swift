import AWS
import AWSSupport
import Testing

@Suite("EventBridge Scheduler and Parameter Store", .timeLimit(.minutes(10)))
struct SchedulerTests {
    @Test("a schedule is created once, read as it was, replaced and deleted")
    func schedules() async throws {
        let scheduler = Scheduler(configuration: try await MotoAccount().aws)
        var schedule = Scheduler.Schedule(
            name: MotoAccount.freshName(), group: "default", expression: "at(2036-06-01T10:00:00)",
            timeZone: "America/Los_Angeles",
            targetARN: "arn:aws:lambda:us-west-2:123456789012:function:scheduler",
            roleARN: "arn:aws:iam::123456789012:role/scheduler",
            input: #"{"source": "jada.blast", "detail": {"campaign": "paul-simon"}}"#,
            deadLetterARN: "arn:aws:sqs:us-west-2:123456789012:dead", maximumEventAge: .seconds(3600),
            deletesAfterCompletion: true)
        #expect(try await scheduler.get(schedule.name) == nil)
        let arn = try await scheduler.create(schedule, token: "token-1")
        #expect(arn.hasSuffix(schedule.name))
        #expect(try await scheduler.get(schedule.name) == schedule)
        let again = await #expect(throws: AWSError.self) {
            try await scheduler.create(schedule, token: "token-2")
        }
        #expect(again?.code == "ConflictException")

        schedule.expression = "cron(0 10 ? * MON *)"
        schedule.isEnabled = false
        try await scheduler.update(schedule, token: "token-3")
        #expect(try await scheduler.get(schedule.name, group: "default") == schedule)
        try await scheduler.delete(schedule.name)
        try await scheduler.delete(schedule.name)
        #expect(try await scheduler.get(schedule.name) == nil)
    }

    @Test("a parameter's value is read decrypted; one that is not there is told by its code")
    func parameters() async throws {
        let account = try await MotoAccount()
        let name = "/jada/\(MotoAccount.freshName())"
        try await account.call(
            .ssm, "AmazonSSM.PutParameter",
            #"{"Name": "\#(name)", "Value": "s3cr3t ü", "Type": "SecureString"}"#)
        let ssm = SSM(configuration: account.aws)
        #expect(try await ssm.parameter(name) == "s3cr3t ü")
        let missing = await #expect(throws: AWSError.self) { try await ssm.parameter("/absent") }
        #expect(missing?.code == "ParameterNotFound")
    }
}
