/// A key of the library, which names a place below its root and nowhere else.
package struct ObjectKey: Sendable, Hashable, CustomStringConvertible {
    /// Keys of S3 are no longer (Amazon S3 User Guide, "Naming Amazon S3 objects").
    private static let maximumBytes = 1024

    package let rawValue: String
    /// Never empty; none is empty, `.` or `..`.
    package let components: [Substring]

    /// - Throws: a ``Problem`` of kind `invalidInput`.
    package init(_ rawValue: String) throws(Problem) {
        let components = rawValue.split(separator: "/", omittingEmptySubsequences: false)
        guard !rawValue.isEmpty, rawValue.utf8.count <= ObjectKey.maximumBytes,
            !rawValue.utf8.contains(0), components.allSatisfy({ !["", ".", ".."].contains($0) })
        else {
            throw Problem(
                .invalidInput, file: String(rawValue.prefix(100)),
                "this is no name of a file within the library",
                remedy: "Name it by its path below the campaign's folder, without .. and without a leading /")
        }
        self.rawValue = rawValue
        self.components = components
    }

    package var description: String { rawValue }
}
