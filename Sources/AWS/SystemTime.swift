internal import Glibc

/// Seconds since 1970 by the system's clock.
@Sendable package func systemSeconds() -> Int64 { Int64(time(nil)) }

/// Milliseconds since 1970 by the system's clock.
@Sendable package func systemMilliseconds() -> Int64 {
    var time = timespec()
    // Cannot fail: the clock exists and the address is valid.
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
}
