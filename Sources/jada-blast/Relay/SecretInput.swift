internal import Campaigns
internal import Glibc

/// Secrets that a person or another program gives: never as an argument, which every process of the machine can read.
enum SecretInput {
    private static let longest = 4096
    private static let interrupt: UInt8 = 0x03

    /// Reads a line of standard input, without blanks and line breaks around it unless they are asked for.
    ///
    /// On a terminal it is asked for, and not shown.
    ///
    /// - Throws: a ``Problem`` if it cannot be read, is no UTF-8, or has no end within 4 KB; `CancellationError` on Ctrl-C.
    static func read(_ prompt: String, isTrimmed: Bool = true) throws -> String {
        let bytes = isatty(STDIN_FILENO) == 1 ? try readUnseen(prompt) : try readLine()
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Problem(.usage, file: "standard input", "the secret is no UTF-8", remedy: "Copy it again")
        }
        return isTrimmed ? text.trimmed : text
    }

    private static func readUnseen(_ prompt: String) throws -> [UInt8] {
        Console.write("\(prompt): ", to: STDERR_FILENO)
        var usual = termios()
        guard tcgetattr(STDIN_FILENO, &usual) == 0 else { return try readLine() }
        var unseen = usual
        // Signals wait, too: one that ended the program here would leave the terminal mute.
        unseen.c_lflag &= ~tcflag_t(ECHO | ISIG)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &unseen)
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &usual)
            Console.tell("")
        }
        let line = try readLine()
        if line.contains(interrupt) { throw CancellationError() }
        return line
    }

    private static func readLine() throws -> [UInt8] {
        var line: [UInt8] = []
        while line.count <= longest {
            var byte: UInt8 = 0
            let count = Glibc.read(STDIN_FILENO, &byte, 1)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else {
                throw Problem(
                    .usage, file: "standard input", "cannot be read: \(String(cString: strerror(errno)))",
                    remedy: "Give the secret by standard input")
            }
            if count == 0 || byte == UInt8(ascii: "\n") { return line }
            line.append(byte)
        }
        throw Problem(
            .usage, file: "standard input", "the secret is longer than \(longest) bytes",
            remedy: "Give the secret alone, in one line")
    }
}

extension String {
    fileprivate var trimmed: String {
        let start = drop { $0.isWhitespace }
        return String(start.reversed().drop { $0.isWhitespace }.reversed())
    }
}
