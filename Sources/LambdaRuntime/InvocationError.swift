import JSON

/// An error that says how Lambda should name it.
///
/// Errors that do not conform are reported under the name of their Swift type.
package protocol LambdaReportable: Error {
    /// A stable name to filter and alarm by, such as `Campaign.Invalid`.
    var errorType: String { get }
    /// What happened and what to do, free of secrets: callers of the function see it.
    var errorMessage: String { get }
}

/// An error as the Runtime API takes it, of an invocation or of the start.
///
/// Source: AWS Lambda Developer Guide, "Using the Lambda runtime API", Invocation error.
struct InvocationError: Error, Equatable {
    /// Also a header's value: letters, digits, `.`, `_` and `-` only.
    let type: String
    let message: String

    static let maximumTypeBytes = 128
    static let maximumMessageBytes = 32 << 10

    init(type: String, message: String) {
        let safe = type.utf8.prefix(Self.maximumTypeBytes).map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "-"):
                byte
            default: UInt8(ascii: "_")
            }
        }
        self.type = safe.isEmpty ? "Function.Error" : String(decoding: safe, as: UTF8.self)
        self.message = message.clipped(toBytes: Self.maximumMessageBytes)
    }

    init(_ error: any Error) {
        if let error = error as? any LambdaReportable {
            self.init(type: error.errorType, message: error.errorMessage)
        } else {
            self.init(type: "\(Swift.type(of: error))", message: "\(error)")
        }
    }

    /// `{"errorType": …, "errorMessage": …, "stackTrace": []}`
    var body: [UInt8] {
        var body = Array(#"{"errorType":"#.utf8)
        body.appendJSON(type)
        body.append(contentsOf: #","errorMessage":"#.utf8)
        body.appendJSON(message)
        body.append(contentsOf: #","stackTrace":[]}"#.utf8)
        return body
    }
}
