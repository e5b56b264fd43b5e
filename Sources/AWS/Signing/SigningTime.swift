/// A moment as a signature names it: `20150830T123600Z`, and the day of its signing key.
package struct SigningTime: Sendable, Hashable {
    /// `YYYYMMDD'T'HHMMSS'Z'`, the value of `x-amz-date`.
    package let timestamp: String
    /// `YYYYMMDD`, the first part of a credential scope.
    package let day: String

    package init(secondsSince1970: Int64) {
        let time = CivilTime(secondsSince1970: secondsSince1970)
        var digits: [UInt8] = []
        digits.reserveCapacity(16)
        func append(_ number: Int, width: Int) {
            var divisor = width == 4 ? 1000 : 10
            while divisor > 0 {
                digits.append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
                divisor /= 10
            }
        }
        append(time.year, width: 4)
        append(time.month, width: 2)
        append(time.day, width: 2)
        day = String(decoding: digits, as: UTF8.self)
        digits.append(UInt8(ascii: "T"))
        append(time.hour, width: 2)
        append(time.minute, width: 2)
        append(time.second, width: 2)
        digits.append(UInt8(ascii: "Z"))
        timestamp = String(decoding: digits, as: UTF8.self)
    }
}
