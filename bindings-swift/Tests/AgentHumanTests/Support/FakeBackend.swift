// A backend on loopback with the responses of a test, which records requests and disconnects.

import AgentHuman
import Foundation

#if canImport(Glibc)
    import Glibc
    private let stream = Int32(SOCK_STREAM.rawValue)
#else
    import Darwin
    private let stream = SOCK_STREAM
#endif

final class FakeBackend: Sendable {
    struct Request: Sendable {
        let method: String
        let path: String
        let headers: [String: String]
        let body: String
    }

    struct Answer: Sendable {
        var status = 200
        var body: String
    }

    enum Event: Sendable {
        case arrived(Request)
        /// The client closed the connection before it had a response.
        case dropped
    }

    let url: URL
    /// The events, in order.
    let events: AsyncStream<Event>
    private let listener: Int32
    private let tell: AsyncStream<Event>.Continuation
    private let answer: @Sendable (Request) -> Answer?

    /// Creates a backend. If `answer` returns nil, it waits until the client closes the connection.
    init(answer: @escaping @Sendable (Request) -> Answer?) throws {
        self.answer = answer
        (events, tell) = AsyncStream.makeStream()
        listener = socket(AF_INET, stream, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = self.listener
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && listen(listener, 16) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        guard isBound, let url = URL(string: "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))") else {
            throw Missing(what: "a port")
        }
        self.url = url
        Thread.detachNewThread { [answer, tell] in
            while case let connection = accept(listener, nil, nil), connection >= 0 {
                Thread.detachNewThread { Self.serve(connection, answer, tell) }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private static func serve(
        _ connection: Int32, _ answer: (Request) -> Answer?, _ tell: AsyncStream<Event>.Continuation
    ) {
        defer { close(connection) }
        guard let request = read(connection) else { return }
        tell.yield(.arrived(request))
        guard let answer = answer(request) else {
            var byte: UInt8 = 0
            if recv(connection, &byte, 1, 0) <= 0 {
                tell.yield(.dropped)
            }
            return
        }
        let head = [
            "HTTP/1.1 \(answer.status) Fake", "content-type: application/json",
            "content-length: \(answer.body.utf8.count)", "connection: close", "", "",
        ]
        let bytes = Array((head.joined(separator: "\r\n") + answer.body).utf8)
        _ = send(connection, bytes, bytes.count, 0)
    }

    private static func read(_ connection: Int32) -> Request? {
        var text = ""
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            text += String(decoding: buffer[..<count], as: UTF8.self)
            guard let end = text.range(of: "\r\n\r\n") else { continue }
            let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
            let start = lines[0].split(separator: " ").map(String.init)
            let headers = lines.dropFirst().map { line in
                let (name, value) = (line.prefix { $0 != ":" }, line.drop { $0 != ":" }.dropFirst(2))
                return (name.lowercased(), String(value))
            }
            let named = Dictionary(headers) { first, _ in first }
            let body = String(text[end.upperBound...])
            if body.utf8.count >= Int(named["content-length"] ?? "0") ?? 0 {
                return Request(method: start[0], path: start[1], headers: named, body: body)
            }
        }
    }
}

extension FakeBackend.Answer {
    /// Session 101 as a relay sends it.
    static let session =
        #"{"id":"101","agent_id":"7","session_type":"voice","status":"active","started_at":"2026-02-03T04:05:06Z"}"#

    /// The relay's response to opening a session or renewing its grant.
    static func grant(_ grant: String, seconds: Int = 900, status: Int = 201) -> Self {
        Self(
            status: status,
            body: #"{"success":true,"session":\#(session),"grant":"\#(grant)","expires_in":\#(seconds)}"#)
    }

    static func error(_ status: Int, _ code: String, _ message: String = "No.") -> Self {
        Self(status: status, body: #"{"success":false,"error":{"code":"\#(code)","message":"\#(message)"}}"#)
    }
}
