/// Bounds on hostile input, and on runaway output.
package struct JSONLimits: Sendable {
    /// The most bytes of text.
    package var bytes: Int
    /// The most arrays and objects within each other; jansson ends at 2,048 whatever is said here.
    package var depth: Int

    package init(bytes: Int = 16 << 20, depth: Int = 64) {
        self.bytes = bytes
        self.depth = depth
    }
}
