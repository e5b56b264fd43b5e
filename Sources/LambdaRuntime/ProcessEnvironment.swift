// `environ` is a variable of the C library; nothing here writes to it while the program starts.
@preconcurrency import Glibc

/// The environment this process was started with.
package enum ProcessEnvironment {
    /// All variables. Call it at start, before anything changes the environment.
    package static func variables() -> [String: String] {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let parts = String(cString: text).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
            entry += 1
        }
        return variables
    }
}
