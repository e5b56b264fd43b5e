extension Sequence<UInt8> {
    /// Lower-case hexadecimal digits, two a byte.
    package var hexadecimal: String {
        // Bytes in a row are read as such: a generic sequence takes far longer.
        withContiguousStorageIfAvailable(hexadecimalDigits)
            ?? Array(self).withUnsafeBufferPointer(hexadecimalDigits)
    }
}

private func hexadecimalDigits(of bytes: UnsafeBufferPointer<UInt8>) -> String {
    func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
    return String(unsafeUninitializedCapacity: 2 * bytes.count) { digits in
        for (index, byte) in bytes.enumerated() {
            digits.initializeElement(at: 2 * index, to: digit(byte >> 4))
            digits.initializeElement(at: 2 * index + 1, to: digit(byte & 0x0f))
        }
        return 2 * bytes.count
    }
}
