package import Campaigns
internal import Glibc

/// The computer's clock, and the time zones that it has.
package struct SystemClock: WallClock {
    private let zoneFolders: [String]

    /// - Parameter bundledZones: a folder of compiled zones to fall back on, such as one in the Lambda's zip.
    package init(bundledZones: String? = nil) {
        let environment = getenv("TZDIR").map { String(cString: $0) }
        self.init(zoneFolders: [environment, "/usr/share/zoneinfo", bundledZones].compactMap { $0 })
    }

    /// - Parameter zoneFolders: folders of TZif files, named as the IANA zones; the first that has a zone counts.
    package init(zoneFolders: [String]) { self.zoneFolders = zoneFolders.filter { !$0.isEmpty } }

    package func now() -> Timestamp {
        var time = timespec()
        // Cannot fail: the clock exists and the address is valid.
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    package func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }

    package func zone(named name: String) throws -> TimeZoneRules {
        guard SystemClock.isPlain(name) else {
            throw Problem(
                .invalidInput, key: "timeZone", "\"\(name)\" is no time-zone name",
                remedy: "Use an IANA name such as America/Los_Angeles")
        }
        if name == "UTC" { return .utc }
        for folder in zoneFolders {
            guard let bytes = readWholeFile("\(folder)/\(name)", maximumBytes: SystemClock.maximumZoneBytes)
            else {
                continue
            }
            // The folders hold lists and notes beside the zones.
            guard bytes.starts(with: "TZif".utf8) else { break }
            return try TimeZoneRules(name: name, tzif: bytes)
        }
        throw unknown(name)
    }

    /// The largest zone of the IANA data has 4 KB.
    private static let maximumZoneBytes = 256 << 10

    /// Whether a name can be looked up without leaving the folder.
    private static func isPlain(_ name: String) -> Bool {
        let components = name.split(separator: "/", omittingEmptySubsequences: false)
        return name.utf8.count <= 128
            && components.allSatisfy { !$0.isEmpty && $0.first != "." }
            && name.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "/_+-.".utf8.contains(byte)
            }
    }

    private func unknown(_ name: String) -> Problem {
        let known = zoneFolders.lazy.map(zoneNames).first { !$0.isEmpty } ?? []
        guard !known.isEmpty else {
            return Problem(
                .configuration,
                "the time zone \(name) cannot be read: no zone data in "
                    + zoneFolders.joined(separator: ", "),
                remedy: "Install the tzdata package, or point TZDIR to a folder of compiled zones")
        }
        let near = known.near(name)
        return Problem(
            .invalidInput, key: "timeZone", "there is no time zone \"\(name)\"",
            remedy: near.isEmpty
                ? "Use an IANA name such as America/Los_Angeles"
                : "Use an IANA name, such as \(near.joined(separator: ", "))")
    }
}

/// The zones under a folder, without those that only say otherwise how leap seconds count.
private func zoneNames(in folder: String) -> [String] {
    var names: [String] = []
    func collect(_ path: String, depth: Int) {
        guard depth < 4, let directory = opendir("\(folder)/\(path)") else { return }
        defer { closedir(directory) }
        while let entry = readdir(directory), names.count < 4096 {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            // Zones begin with a capital letter; `posix`, `right` and the data's own lists do not.
            guard let first = name.utf8.first, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) else {
                continue
            }
            var status = stat()
            guard stat("\(folder)/\(path)\(name)", &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                collect("\(path)\(name)/", depth: depth + 1)
            } else {
                names.append(path + name)
            }
        }
    }
    collect("", depth: 0)
    return names
}

/// A regular file's bytes, `nil` if it cannot be read or is longer than the limit.
private func readWholeFile(_ path: String, maximumBytes: Int) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
        (0...maximumBytes).contains(Int(status.st_size))
    else { return nil }
    let bytes = [UInt8](unsafeUninitializedCapacity: Int(status.st_size)) { buffer, count in
        while count < buffer.count {
            let received = read(descriptor, buffer.baseAddress.map { $0 + count }, buffer.count - count)
            if received < 0, errno == EINTR { continue }
            guard received > 0 else { break }
            count += received
        }
    }
    return bytes
}
