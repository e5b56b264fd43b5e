package import Foundation
package import Testing

/// The zip that `make package` builds. It takes minutes, so that its tests run where they are asked for:
/// `make test-package`.
package enum BuiltPackage {
    private static let path = ProcessInfo.processInfo.environment["PACKAGE_TO_TEST"]

    package static let isAsked = path != nil
    package static let absence: Comment = "make test-package builds the package and runs these"
    /// The debugger's symbols lie beside it.
    package static let zip = URL(fileURLWithPath: path ?? "")
}
