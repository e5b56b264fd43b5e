internal import Glibc

/// What a stretch of work took: wall time, and processor time of the whole process, in user and kernel mode.
struct Measurement {
    private let started = Measurement.now()
    private let usage = Measurement.usage()

    /// Prints the figures as one JSON object, `details` first.
    func report(_ details: KeyValuePairs<String, Double> = [:]) {
        let wall = Measurement.now() - started
        let end = Measurement.usage()
        var figures = details.map { ($0.key, $0.value) }
        figures.append(("wall_seconds", wall))
        figures.append(("process_seconds", end.processor - usage.processor))
        figures.append(("peak_bytes", end.peakBytes))
        print("{" + figures.map { "\"\($0)\": \($1)" }.joined(separator: ", ") + "}")
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func usage() -> (processor: Double, peakBytes: Double) {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return (seconds(usage.ru_utime) + seconds(usage.ru_stime), Double(usage.ru_maxrss) * 1024)
    }
}
