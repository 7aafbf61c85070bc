// Programs of the project that tests start and stop.

import AgentHuman
import Foundation

/// A program that prints its URL as JSON in its first line.
final class Program: @unchecked Sendable {
    private let process = Process()
    private let said: [String: String]

    private init(_ program: URL, _ arguments: [String] = []) throws {
        let output = Pipe()
        process.executableURL = program
        process.arguments = arguments
        process.standardOutput = output
        var environment = ProcessInfo.processInfo.environment
        for name in environment.keys where name.hasPrefix("AGENTHUMAN_") {
            environment[name] = nil
        }
        process.environment = environment
        try process.run()
        var line = Data()
        while !line.contains(UInt8(ascii: "\n")) {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { break }
            line += more
        }
        said = try JSONDecoder().decode([String: String].self, from: line)
    }

    /// Runs a test with a relay that has its own sandbox.
    static func withRelay(
        _ options: [String] = [], isolation: isolated (any Actor)? = #isolation, _ test: (Program) async throws -> Void
    ) async throws {
        let usual = ["relay", "--demo", "--json", "--port", "0", "--requests-per-minute", "0"]
        try await Program(built("AGENTHUMAN_CLI", "agenthuman"), usual + options).run(test)
    }

    /// Runs a test with a relay for a service that sends the responses of vectors.
    static func withVectors(_ test: (Program) async throws -> Void) async throws {
        try await Program(built("AGENTHUMAN_VECTORS", "vector-relay")).run(test)
    }

    private func run(
        isolation: isolated (any Actor)? = #isolation, _ test: (Program) async throws -> Void
    ) async throws {
        // The program inherits the signal mask of a pool thread, which blocks most signals.
        defer { kill(process.processIdentifier, SIGKILL) }
        try await test(self)
    }

    func url(_ name: String = "url") throws -> URL {
        guard let url = said[name].flatMap(URL.init(string:)) else { throw Missing(what: name) }
        return url
    }

    func client(_ user: String = "alice", maxRetries: Int? = nil) throws -> AgentHumanClient {
        try AgentHumanClient(backend: url(), maxRetries: maxRetries) { "demo-\(user)" }
    }

    private static func built(_ variable: String, _ name: String) -> URL {
        let named = ProcessInfo.processInfo.environment[variable]
        return named.map { URL(fileURLWithPath: $0) } ?? checkout.appendingPathComponent("target/debug/\(name)")
    }
}

struct Missing: Error {
    let what: String
}

/// Returns the root of the checkout.
let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// Returns the JSON of a file of the checkout.
func contract(_ path: String) throws -> JSONValue {
    let data = try Data(contentsOf: checkout.appendingPathComponent("contract").appendingPathComponent(path))
    return try JSONDecoder().decode(JSONValue.self, from: data)
}

extension JSONValue {
    subscript(key: String) -> JSONValue? {
        guard case .object(let fields) = self else { return nil }
        return fields[key]
    }

    var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    var items: [JSONValue] {
        guard case .array(let items) = self else { return [] }
        return items
    }
}
