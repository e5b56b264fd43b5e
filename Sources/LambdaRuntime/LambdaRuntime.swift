package import HTTP

/// Runs a function's handler inside AWS Lambda: asks for invocations, one after the other or several at once, and
/// answers each.
///
/// A failed invocation, a lost answer or a failed poll is reported and logged, and the loop goes on. It ends when the
/// sandbox does (SIGTERM), when the handler cannot be made, or when the Runtime API is lost for good.
///
/// Source: AWS Lambda Developer Guide, "Building a custom runtime" and "Using the Lambda runtime API".
package struct LambdaRuntime: Sendable {
    /// Takes one invocation and returns the response's bytes. Its task is cancelled shortly before the deadline and
    /// when the sandbox shuts down; it should then return what it has, or throw.
    package typealias Handler = @Sendable (Invocation) async throws -> [UInt8]

    /// How the loop behaves; the defaults suit a function whose work can be handed back within half a second.
    package struct Options: Sendable {
        /// How long before the deadline a handler's task is cancelled.
        package var deadlineMargin: Duration
        /// Receives SIGTERM, if given. Lambda sends it only where an extension is registered, so one without events is.
        package var termination: TerminationSignal?

        package init(deadlineMargin: Duration = .milliseconds(500), termination: TerminationSignal? = nil) {
            self.deadlineMargin = deadlineMargin
            self.termination = termination
        }
    }

    /// How the loop came to its end.
    package enum Ending: Sendable, Equatable {
        /// The sandbox shuts down, or the task that ran the loop was cancelled.
        case terminated
        /// The handler could not be made; Lambda has been told.
        case initializationFailed
        /// The Runtime API refused to go on, or could not be reached for long.
        case runtimeAPILost

        /// What the process should exit with.
        package var exitStatus: Int32 { self == .terminated ? 0 : 1 }
    }

    private let api: RuntimeAPI
    private let concurrency: Int
    private let log: LambdaLog
    private let options: Options
    private let watch = DeadlineWatch()

    /// Reads what Lambda says about the sandbox.
    ///
    /// - Parameter http: a client of the runtime's own: each poll under way holds one of its connections.
    /// - Throws: ``NotInLambda`` when AWS_LAMBDA_RUNTIME_API is missing or malformed.
    package init(
        environment: [String: String], http: HTTPClient, log: LambdaLog, options: Options = Options()
    ) throws(NotInLambda) {
        let concurrency = Self.maximumConcurrency(environment) ?? 1
        api = try RuntimeAPI(
            authority: environment["AWS_LAMBDA_RUNTIME_API"], http: http, isSerial: concurrency == 1, log: log
        )
        self.concurrency = concurrency
        self.log = log
        self.options = options
    }

    /// How many invocations Lambda Managed Instances may send to this process at once; `nil` in ordinary Lambda, and
    /// where AWS_LAMBDA_MAX_CONCURRENCY is no number of 1 or more.
    package static func maximumConcurrency(_ environment: [String: String]) -> Int? {
        environment["AWS_LAMBDA_MAX_CONCURRENCY"].flatMap { Int($0) }.flatMap { $0 >= 1 ? $0 : nil }
    }

    /// Makes the handler, then serves invocations until the end. Blocks the calling thread, and works on it where Lambda
    /// sends one invocation at a time.
    ///
    /// - Parameter makeHandler: connects the handler to the world. What it throws is reported as an init error.
    package func run(_ makeHandler: @escaping @Sendable () async throws -> Handler) -> Ending {
        CallingThread.run(
            isShared: concurrency > 1, cancellation: { options.termination?.whenDelivered($0) },
            { executor in await initializeAndServe(makeHandler, on: executor) })
    }

    private func initializeAndServe(
        _ makeHandler: @Sendable () async throws -> Handler, on executor: any TaskExecutor
    ) async -> Ending {
        let helper = options.termination == nil ? nil : await api.registerExtension()
        let handler: Handler
        do {
            handler = try await makeHandler()
        } catch {
            let error = InvocationError(error)
            log.write(.fatal, error.message, [("errorType", error.type)])
            await api.reportInitialization(error)
            return .initializationFailed
        }
        return await withTaskGroup(of: Ending?.self) { group in
            if let helper {
                // Elsewhere: the loop holds its own thread while it waits for `next`.
                group.addTask(executorPreference: globalConcurrentExecutor) {
                    await api.waitForEvents(of: helper)
                    return nil
                }
            }
            for _ in 0..<concurrency {
                group.addTask { await serve(handler, on: executor) }
            }
            var polls = concurrency
            var ending = Ending.terminated
            for await finished in group {
                guard let finished else { continue }
                if finished != .terminated { ending = finished }
                polls -= 1
                if polls == 0 || ending != .terminated { group.cancelAll() }
            }
            return ending
        }
    }

    private func serve(_ handler: @escaping Handler, on executor: any TaskExecutor) async -> Ending {
        // The environment is the process's: with several invocations at once it would name the wrong one.
        let trace = concurrency == 1 ? TraceVariable() : nil
        var backoff = Backoff.forPolls
        while !Task.isCancelled {
            switch await api.next() {
            case .invocation(let invocation):
                backoff = .forPolls
                trace?.set(invocation.traceID)
                let outcome = await outcome(of: handler, for: invocation, on: executor)
                await api.deliver(outcome, for: invocation.requestID)
            case .unusable(let requestID, let error):
                await api.deliver(.failure(error), for: requestID)
            case .nothing(let reason):
                guard let delay = backoff.next() else {
                    log.write(.fatal, "The Lambda Runtime API stays out of reach", [("reason", reason)])
                    return .runtimeAPILost
                }
                log.write(
                    .warning, "No invocation from the Lambda Runtime API; asking again", [("reason", reason)])
                try? await Task.sleep(for: delay)
            case .refused(let reason):
                log.write(.fatal, "The Lambda Runtime API refuses to go on", [("reason", reason)])
                return .runtimeAPILost
            case .cancelled:
                return .terminated
            }
        }
        return .terminated
    }

    private func outcome(
        of handler: @escaping Handler, for invocation: Invocation, on executor: any TaskExecutor
    ) async -> Result<[UInt8], InvocationError> {
        let marginMilliseconds = Int64(options.deadlineMargin / .milliseconds(1))
        let work = Task(executorPreference: executor) {
            try await LambdaLog.$requestID.withValue(invocation.requestID) { try await handler(invocation) }
        }
        watch.cancel(work, at: invocation.deadlineMilliseconds - marginMilliseconds)
        defer { watch.forget(work) }
        let result = await withTaskCancellationHandler {
            await work.result
        } onCancel: {
            work.cancel()
        }
        return result.mapError { error in
            var report = InvocationError(error)
            if error is CancellationError {
                report =
                    Task.isCancelled
                    ? InvocationError(type: "Function.ShutDown", message: "The sandbox shuts down.")
                    : InvocationError(
                        type: "Function.DeadlineNear",
                        message: "Cancelled \(marginMilliseconds) ms before the deadline.")
            }
            invocation.log.write(.error, report.message, [("errorType", report.type)])
            return report
        }
    }
}

/// This process was not started by Lambda, or by something that acts like it.
package struct NotInLambda: Error, Sendable, CustomStringConvertible {
    package let description: String
}
