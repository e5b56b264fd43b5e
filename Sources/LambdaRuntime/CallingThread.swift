import Locks

/// Runs a task on the thread that calls, with nothing else on it, until the task ends.
///
/// A Lambda that serves one invocation at a time spends its life in one thread's loop: waiting for `next` there wakes no
/// other thread, and a handler begins on the thread its event came in on. Structured children stay on it as well;
/// work that wants more processors asks for `globalConcurrentExecutor` (`withTaskExecutorPreference`).
final class CallingThread: TaskExecutor {
    private let jobs = Mutex<[UnownedJob]>([])
    private let wakeup = Semaphore()

    private final class Answer<Value: Sendable>: Sendable {
        let value = Mutex<Value?>(nil)
    }

    /// Blocks until `body` has returned, and returns what it has.
    ///
    /// - Parameters:
    ///   - isShared: whether the task runs on the shared pool instead, while this thread waits.
    ///   - cancellation: is given what cancels the task.
    ///   - body: is given the executor it runs on, for the unstructured tasks it starts.
    static func run<Value: Sendable>(
        isShared: Bool, cancellation: (@escaping @Sendable () -> Void) -> Void,
        _ body: @escaping @Sendable (any TaskExecutor) async -> Value
    ) -> Value {
        let thread = CallingThread()
        let executor: any TaskExecutor = isShared ? globalConcurrentExecutor : thread
        let answer = Answer<Value>()
        let task = Task(executorPreference: executor) {
            let value = await body(executor)
            answer.value.withLock { $0 = value }
            thread.wakeup.signal()
        }
        cancellation { task.cancel() }
        while true {
            thread.runJobs()
            if let value = answer.value.withLock({ $0 }) { return value }
            thread.wakeup.wait()
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
        wakeup.signal()
    }

    private func runJobs() {
        while true {
            let batch = jobs.withLock { jobs in
                defer { jobs = [] }
                return jobs
            }
            if batch.isEmpty { return }
            for job in batch { job.runSynchronously(on: asUnownedTaskExecutor()) }
        }
    }
}
