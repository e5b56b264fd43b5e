internal import Glibc

/// A program run to its end, its standard output read.
struct ChildProcess: ~Copyable {
    struct Output {
        /// As a shell shows it: the exit status, or 128 and the signal that ended it.
        var status: Int
        var bytes: [UInt8]
    }

    struct Failure: Error {
        /// Continues a sentence that begins with the program's name.
        var message: String
    }

    private static let pollInterval: Duration = .milliseconds(5)

    private let identifier: pid_t
    private let pipe: CInt
    private var status: CInt?

    /// Starts a program, found in PATH, in a process group of its own, and waits for it.
    ///
    /// The corresponding C function is `posix_spawnp`. Past the time limit, or when the task is cancelled, the whole group
    /// is killed.
    static func run(
        _ words: [String], environment: [String: String], patience: Duration, maximumOutput: Int
    ) async throws(Failure) -> Output {
        var child = try ChildProcess(words, environment: environment)
        let deadline = ContinuousClock.now + patience
        var bytes: [UInt8] = []
        var isOpen = true
        while true {
            if isOpen { isOpen = try child.read(into: &bytes, maximum: maximumOutput) }
            if !isOpen, let status = child.finished() { return Output(status: status, bytes: bytes) }
            guard ContinuousClock.now < deadline else {
                throw Failure(message: "did not end within \(patience.components.seconds) seconds")
            }
            do { try await Task.sleep(for: pollInterval) } catch { throw Failure(message: "was cancelled") }
        }
    }

    private init(_ words: [String], environment: [String: String]) throws(Failure) {
        var ends: [CInt] = [-1, -1]
        guard Glibc.pipe(&ends) == 0 else { throw Self.failure(errno) }
        defer { close(ends[1]) }
        // Without this other children would hold the pipe open (pipe2 is not visible to Swift).
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var noSignals = sigset_t()
        sigemptyset(&noSignals)
        var allSignals = sigset_t()
        sigfillset(&allSignals)
        posix_spawnattr_setsigmask(&attributes, &noSignals)
        posix_spawnattr_setsigdefault(&attributes, &allSignals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var arguments = words.map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (arguments + variables).forEach { free($0) } }
        var identifier: pid_t = 0
        let result = posix_spawnp(&identifier, words[0], &actions, &attributes, &arguments, &variables)
        guard result == 0 else {
            close(ends[0])
            throw Self.failure(result)
        }
        self.identifier = identifier
        pipe = ends[0]
    }

    deinit {
        close(pipe)
        if status == nil {
            kill(-identifier, SIGKILL)
            var status: CInt = 0
            while waitpid(identifier, &status, 0) < 0 && errno == EINTR {}
        }
    }

    /// - Returns: whether more may come.
    private func read(into bytes: inout [UInt8], maximum: Int) throws(Failure) -> Bool {
        var piece = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = Glibc.read(pipe, &piece, piece.count)
            if count == 0 { return false }
            if count < 0 {
                if errno == EINTR { continue }
                if errno == EAGAIN { return true }
                throw Self.failure(errno)
            }
            bytes += piece[..<count]
            guard bytes.count <= maximum else {
                throw Failure(message: "printed more than \(maximum) bytes")
            }
        }
    }

    private mutating func finished() -> Int? {
        var raw: CInt = 0
        guard waitpid(identifier, &raw, WNOHANG) == identifier else { return nil }
        status = raw
        let signal = raw & 0x7F
        return Int(signal == 0 ? (raw >> 8) & 0xFF : 128 + signal)
    }

    private static func failure(_ code: CInt) -> Failure {
        Failure(message: "could not be run: \(String(cString: strerror(code)))")
    }
}
