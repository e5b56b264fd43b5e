internal import CCurl
internal import Deliverability
internal import Glibc
internal import HTTP
internal import Locks

/// Logs in to submission servers, by libcurl's SMTP, to see whether that works.
package struct SMTPClient: Sendable {
    private let certificateAuthorities: String?
    private let certificateFolder: String?
    private let timeLimit: Duration

    /// - Parameters:
    ///   - certificateAuthorities: path of a PEM bundle; `nil` probes the usual places.
    ///   - certificateFolder: a folder, such as Lambda's task root, whose `ca-bundle.crt` is taken where the system has none.
    ///   - timeLimit: for all of a trial.
    package init(
        certificateAuthorities: String? = nil, certificateFolder: String? = nil,
        timeLimit: Duration = .seconds(20)
    ) {
        self.certificateAuthorities = certificateAuthorities
        self.certificateFolder = certificateFolder
        self.timeLimit = timeLimit
    }

    /// Logs in, and ends before MAIL FROM unless there is a mail to send.
    ///
    /// A cancelled task ends it within a second or so.
    package func logIn(
        to server: SubmissionServer, with credentials: SubmissionCredentials, sending mail: TrialMail? = nil
    ) async -> LoginTrial {
        let bundle: String
        do {
            bundle = try CertificateAuthorities.locate(
                configured: certificateAuthorities, folder: certificateFolder)
        } catch {
            return LoginTrial(step: .preparation, failure: error.message)
        }
        if mail != nil {
            // Where no login is offered, nothing may go out by accident.
            let trial = await logIn(to: server, with: credentials)
            guard trial.step == .done else { return trial }
        }
        let start = ContinuousClock.now
        let cancellation = Flag()
        var trial = await withTaskCancellationHandler {
            await onThread {
                guard let session = SMTPSession(cancellation) else {
                    return LoginTrial(step: .preparation, failure: "libcurl has run out of memory")
                }
                session.prepare(server, credentials, bundle: bundle, timeLimit: timeLimit)
                return session.run(sending: mail)
            }
        } onCancel: {
            cancellation.raise()
        }
        trial.duration = start.duration(to: .now)
        return trial
    }
}

/// Raised by one thread, seen by another.
final class Flag: Sendable {
    private let state = Mutex(false)
    func raise() { state.withLock { $0 = true } }
    var isRaised: Bool { state.withLock { $0 } }
}

/// Runs what blocks on a thread of its own: the pool's threads are few.
private func onThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
        let work = Unmanaged.passRetained(Work { continuation.resume(returning: body()) })
        var thread = pthread_t()
        let code = pthread_create(&thread, nil, runWork, work.toOpaque())
        if code == 0 {
            pthread_detach(thread)
        } else {
            // No thread is to be had: here is better than not at all.
            work.takeRetainedValue().body()
        }
    }
}

private final class Work {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
}

private func runWork(_ work: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let work { Unmanaged<Work>.fromOpaque(work).takeRetainedValue().body() }
    return nil
}
