extension StringProtocol {
    /// Compares as header names and schemes compare: bytes, without regard to the case of ASCII letters.
    func equalsIgnoringASCIICase(_ other: some StringProtocol) -> Bool {
        utf8.count == other.utf8.count
            && withBytes { bytes in
                other.withBytes { bytes.elementsEqual($0) { $0.loweredASCII == $1.loweredASCII } }
            }
    }

    func hasASCIIPrefix(_ prefix: String) -> Bool {
        withBytes { bytes in
            prefix.withBytes { prefix in
                bytes.count >= prefix.count
                    && zip(bytes, prefix).allSatisfy { $0.loweredASCII == $1.loweredASCII }
            }
        }
    }

    /// The UTF-8 side by side: to step through a `UTF8View` costs many times as much for each byte.
    func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        utf8.withContiguousStorageIfAvailable(body) ?? Array(utf8).withUnsafeBufferPointer(body)
    }

    func allBytesSatisfy(_ predicate: (UInt8) -> Bool) -> Bool {
        withBytes { $0.allSatisfy(predicate) }
    }
}

extension UInt8 {
    fileprivate var loweredASCII: UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self
    }
}
