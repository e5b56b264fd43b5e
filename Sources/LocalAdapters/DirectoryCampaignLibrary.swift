package import Campaigns
internal import Digests
internal import Foundation
internal import Glibc

/// A campaign library in folders: campaigns of the user's, runs of ours.
///
/// Keys that begin with `runs/` lie in the state folder, all others in the library folder. Links are followed as long as
/// they do not lead out of the folder. Files are read and written on the calling thread: they are small or come from the
/// page cache.
package struct DirectoryCampaignLibrary: CampaignLibrary {
    /// Bytes read at once.
    private static let pieceSize = 64 << 10

    private let library: String
    private let state: String

    /// - Parameters:
    ///   - library: the folder that holds `campaigns/`.
    ///   - state: the folder that holds `runs/`.
    package init(library: String, state: String) {
        self.library = library
        self.state = state
    }

    package func campaigns() async throws -> [(id: CampaignID, version: String)] {
        let folder = try resolve(ObjectKey("campaigns"))
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw Problem(
                .accessDenied, file: library + "/campaigns",
                "the folder cannot be listed: \(error.localizedDescription)",
                remedy: "Give yourself permission to it, or choose another with --library")
        }
        return try names.compactMap(CampaignID.init).sorted { $0.rawValue < $1.rawValue }.compactMap { id in
            do {
                return (id, try version(of: "campaigns/\(id)/campaign.json"))
            } catch let problem as Problem where problem.kind == .notFound {
                return nil
            }
        }
    }

    package func read(_ key: String, maximumBytes: Int) async throws -> LibraryObject {
        let file = try openFile(key)
        guard file.size <= maximumBytes else { throw DirectoryCampaignLibrary.tooLarge(key, maximumBytes) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(file.size)
        while let piece = try file.next() {
            bytes += piece
            guard bytes.count <= maximumBytes else {
                throw DirectoryCampaignLibrary.tooLarge(key, maximumBytes)
            }
        }
        return LibraryObject(bytes: bytes, version: SHA256.hash(bytes).hexadecimal)
    }

    package func open(_ key: String) async throws -> ByteStream {
        let file = try openFile(key)
        return ByteStream { try file.next() }
    }

    package func write(_ bytes: [UInt8], to key: String) async throws {
        let key = try ObjectKey(key)
        let folder = try createParents(of: key)
        do {
            let temporary = TemporaryFile(in: folder)
            try temporary.write(bytes)
            try temporary.replace(folder + "/" + key.components[key.components.count - 1])
        } catch {
            throw Problem(errno: error, file: place(of: key), "the file cannot be written")
        }
    }

    /// Waits for the whole file systems: one commit of a journal takes far less time than one for each of many files.
    package func flush() async throws {
        for root in [library, state] {
            do {
                try FileDescriptor(opening: root, O_RDONLY | O_DIRECTORY).synchronizeFileSystem()
            } catch .noSuchFile {
                // Nothing can have been written there.
            } catch {
                throw Problem(errno: error, file: root, "what was written cannot be brought to the disk")
            }
        }
    }

    package func delete(_ keys: [String]) async throws {
        for key in keys {
            let key = try ObjectKey(key)
            do {
                // The folder's links are followed, the file's own link is what is deleted.
                let folder = try resolve(key, dropping: 1)
                try Errno.check { unlink(folder + "/" + key.components[key.components.count - 1]) }
            } catch let problem as Problem where problem.kind == .notFound {
                continue
            } catch let error as Errno where error == .noSuchFile {
                continue
            } catch let error as Errno {
                throw Problem(errno: error, file: place(of: key), "the file cannot be deleted")
            }
        }
    }

    private static func tooLarge(_ key: String, _ maximumBytes: Int) -> Problem {
        Problem(
            .invalidInput, file: key, "the file is larger than the \(maximumBytes) bytes that are allowed",
            remedy: "Make it smaller")
    }

    /// The content's digest, as an S3 ETag: any edit changes it, and touching the file does not.
    private func version(of key: String) throws -> String {
        let file = try openFile(key)
        var digest = SHA256()
        while let piece = try file.next() { digest.update(piece) }
        return digest.finish().hexadecimal
    }

    private func openFile(_ key: String) throws -> LibraryFile {
        let key = try ObjectKey(key)
        let path = try resolve(key)
        do {
            // Without O_NONBLOCK a named pipe would hold the caller until somebody writes to it.
            let descriptor = try FileDescriptor(opening: path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
            let status = try descriptor.status()
            guard status.st_mode & S_IFMT == S_IFREG else {
                throw Problem(
                    .invalidInput, file: key.rawValue, "this is no file",
                    remedy: "Put a file of that name there")
            }
            return LibraryFile(
                descriptor, status: status, name: key.rawValue,
                pieceSize: DirectoryCampaignLibrary.pieceSize)
        } catch let error as Errno where error == .noSuchFile {
            throw notFound(key)
        } catch let error as Errno {
            throw Problem(errno: error, file: place(of: key), "the file cannot be read")
        }
    }
}

extension DirectoryCampaignLibrary {
    private func root(of key: ObjectKey) -> String { key.components[0] == "runs" ? state : library }

    private func place(of key: ObjectKey) -> String { root(of: key) + "/" + key.rawValue }

    /// The path without links of what a key names.
    ///
    /// - Parameter count: how many components at the key's end are left out.
    private func resolve(_ key: ObjectKey, dropping count: Int = 0) throws(Problem) -> String {
        let root = try resolvedRoot(of: key)
        let components = key.components.dropLast(count)
        let path = ([root[...]] + components).joined(separator: "/")
        do {
            let resolved = try realPath(path)
            guard components.isEmpty || resolved.hasPrefix(root == "/" ? root : root + "/") else {
                throw Problem(
                    .invalidInput, file: key.rawValue, "this is a link that leads out of \(root)",
                    remedy: "Copy the file to where the link is")
            }
            return resolved
        } catch let problem as Problem {
            throw problem
        } catch let error as Errno where error == .noSuchFile || error == .notADirectory {
            throw notFound(key)
        } catch {
            throw Problem(.unavailable, file: place(of: key), "the file cannot be reached: \(error)")
        }
    }

    private func resolvedRoot(of key: ObjectKey) throws(Problem) -> String {
        let root = root(of: key)
        do {
            return try realPath(root)
        } catch .noSuchFile, .notADirectory {
            let isLibrary = root == library
            throw Problem(
                .notFound, file: root,
                isLibrary
                    ? "there is no such library folder" : "there is no such state folder",
                remedy: isLibrary
                    ? "Name the folder that holds campaigns/ with --library"
                    : "Name the folder that holds the runs with --state")
        } catch {
            throw Problem(errno: error, file: root, "the folder cannot be reached")
        }
    }

    private func notFound(_ key: ObjectKey) -> Problem {
        switch key.components.count {
        case 1:
            Problem(
                .notFound, file: library, "the library folder holds no folder \(key.rawValue)",
                remedy: "Name the folder that holds campaigns/ with --library")
        default:
            Problem(
                .notFound, file: key.rawValue, "there is no such file in \(root(of: key))",
                remedy: "Check the name, and that --library names the folder that holds campaigns/")
        }
    }

    /// Creates the folders that a key lies in, and returns the last one's path without links.
    private func createParents(of key: ObjectKey) throws(Problem) -> String {
        let root = try resolvedRoot(of: key)
        var folder = root
        for component in key.components.dropLast() {
            do {
                let next = folder + "/" + component
                do { try Errno.check { mkdir(next, 0o700) } } catch .fileExists {}
                folder = try realPath(next)
            } catch {
                throw Problem(errno: error, file: place(of: key), "the file's folder cannot be created")
            }
            guard folder.hasPrefix(root == "/" ? root : root + "/") else {
                throw Problem(
                    .invalidInput, file: key.rawValue, "a link in its path leads out of \(root)",
                    remedy: "Replace the link by a folder")
            }
        }
        return folder
    }
}

/// The corresponding C function is `realpath`.
private func realPath(_ path: String) throws(Errno) -> String {
    guard let resolved = realpath(path, nil) else { throw Errno(rawValue: errno) }
    defer { free(resolved) }
    return String(cString: resolved)
}
