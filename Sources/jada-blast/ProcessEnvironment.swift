internal import Foundation

/// What the process was started with.
enum ProcessEnvironment {
    static var all: [String: String] { ProcessInfo.processInfo.environment }

    /// Who is signed in.
    static var userName: String { NSUserName() }

    /// Names this process in claims: no other has the name, on this machine or another.
    static var workerName: String {
        "\(ProcessInfo.processInfo.hostName)-\(ProcessInfo.processInfo.processIdentifier)-\(String(UInt32.random(in: .min ... .max), radix: 16))"
    }
}
