// The network between the app and its backend, which a test takes away.

import Foundation

#if canImport(Glibc)
    import Glibc
    private let stream = Int32(SOCK_STREAM.rawValue)
#else
    import Darwin
    private let stream = SOCK_STREAM
#endif

/// Forwards the connections of a port of this machine to the backend's, until a test takes the network away.
final class Wire: @unchecked Sendable {
    let url: URL
    private let port: UInt16
    private let target: UInt16
    private let lock = NSLock()
    private var listener: Int32?
    private var connections: Set<Int32> = []
    private var losesResponses = false
    private let ended = DispatchSemaphore(value: 0)

    /// Creates a network to the port of a URL.
    init(to backend: URL) throws {
        // Writing to a connection that the other side closed is an error, and not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        target = UInt16(backend.port ?? 80)
        let (listener, port) = try listening(on: 0)
        guard let url = URL(string: "http://127.0.0.1:\(port)") else { throw Missing(what: "a URL") }
        self.url = url
        self.port = port
        serve(listener)
    }

    /// Takes the network away: nothing is reached.
    func cut() {
        let listener = lock.withLock {
            for connection in connections {
                shutdown(connection, Int32(SHUT_RDWR))
            }
            defer { self.listener = nil }
            return self.listener
        }
        guard let listener else { return }
        shutdown(listener, Int32(SHUT_RDWR))
        // Where that does not end its thread, a connection does.
        let last = socket(AF_INET, stream, 0)
        _ = withAddress(port) { connect(last, $0, $1) }
        close(last)
        ended.wait()
    }

    /// Takes the responses away: requests arrive.
    func loseResponses() {
        lock.withLock { losesResponses = true }
    }

    /// Brings the network back.
    func mend() throws {
        lock.withLock { losesResponses = false }
        if lock.withLock({ listener == nil }) {
            serve(try listening(on: port).0)
        }
    }

    private func serve(_ listener: Int32) {
        lock.withLock { self.listener = listener }
        Thread.detachNewThread { [self] in
            while case let phone = accept(listener, nil, nil), phone >= 0, lock.withLock({ self.listener != nil }) {
                forward(phone)
            }
            close(listener)
            ended.signal()
        }
    }

    private func forward(_ phone: Int32) {
        let backend = socket(AF_INET, stream, 0)
        let isConnected = withAddress(target, { connect(backend, $0, $1) }) == 0
        let isForwarded = lock.withLock {
            // Unless the network was taken away meanwhile.
            guard isConnected, listener != nil else { return false }
            connections.formUnion([phone, backend])
            return true
        }
        guard isForwarded else {
            close(phone)
            close(backend)
            return
        }
        let requests = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            copy(from: phone, to: backend) { true }
            requests.signal()
        }
        Thread.detachNewThread { [self] in
            copy(from: backend, to: phone) { lock.withLock { !losesResponses } }
            requests.wait()
            lock.withLock { connections.subtract([phone, backend]) }
            close(phone)
            close(backend)
        }
    }
}

struct Missing: Error {
    let what: String
}

private func listening(on port: UInt16) throws -> (Int32, UInt16) {
    let listener = socket(AF_INET, stream, 0)
    var reuse: Int32 = 1
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
    guard withAddress(port, { bind(listener, $0, $1) }) == 0, listen(listener, 16) == 0 else {
        throw Missing(what: "port \(port)")
    }
    var bound = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withUnsafeMutablePointer(to: &bound) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &length) }
    }
    return (listener, UInt16(bigEndian: bound.sin_port))
}

/// Copies until one side ends, and ends both.
private func copy(from: Int32, to: Int32, while mayPass: () -> Bool) {
    var buffer = [UInt8](repeating: 0, count: 16384)
    while case let count = recv(from, &buffer, buffer.count, 0), count > 0, mayPass() {
        guard send(to, buffer, count, 0) == count else { break }
    }
    shutdown(from, Int32(SHUT_RDWR))
    shutdown(to, Int32(SHUT_RDWR))
}

private func withAddress(_ port: UInt16, _ use: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            use($0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
}
