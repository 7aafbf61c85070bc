// The error vectors on a phone: the service sends the response of a vector to the relay, and the error has its kind.

import AgentHuman
import Foundation
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

@Suite(.timeLimit(.minutes(5))) struct VectorTests {
    @Test func everyErrorVectorHasItsKind() async throws {
        let vectors = try allVectors().filter { $0["expect"]?["error"] != nil && call(of: $0) != nil }
        // Fewer would mean that some were not found.
        #expect(vectors.count >= 40)
        try await Program.withVectors { player in
            for vector in vectors {
                try await check(vector, player)
            }
        }
    }

    private func check(_ vector: JSONValue, _ player: Program) async throws {
        let name = try #require(vector["name"]?.text)
        let makeCall = try #require(call(of: vector))
        let expected = try #require(vector["expect"]?["error"])
        try await play(name, at: player.url("control"))
        let client = try player.client(maxRetries: 0)
        let found = await failure { try await makeCall(client) }
        let error = try #require(found, "\(name): no error")
        let code = try #require(expected["code"]?.text)
        #expect(error.code == code, "\(name)")
        #expect(AgentHumanError.Kind.known.contains(error.kind), "\(name)")
        if case .integer(let seconds)? = expected["retry_after"] {
            #expect(error.retryAfter == .seconds(seconds), "\(name)")
        }
        if case .bool(let outcomeUnknown)? = expected["outcome_unknown"] {
            #expect(error.outcomeUnknown == outcomeUnknown, "\(name)")
        }
        // The service's text is forwarded only if it is about the phone's own input.
        guard code == "bad_request" && vector["operation"]?.text == "messages.create" else {
            #expect(error.message != expected["message"]?.text, "\(name): the service's own text came through")
            return
        }
        for (field, value) in [
            ("message", .string(error.message)), ("suggestion", error.suggestion.map(JSONValue.string)),
            ("details", error.details),
        ] as [(String, JSONValue?)] {
            if let wanted = expected[field] {
                #expect(wanted == value ?? .null, "\(name): \(field)")
            }
        }
    }

    /// Makes the call of a vector, if phones have it.
    private func call(of vector: JSONValue) -> (@Sendable (AgentHumanClient) async throws -> Void)? {
        let params = vector["params"]
        switch vector["operation"]?.text {
        case "sessions.create":
            return {
                _ = try await $0.openSession(
                    agentID: params?["agent_id"]?.text,
                    sessionType: (params?["session_type"]?.text).map(SessionType.init))
            }
        case "sessions.get": return { try await $0.openSession().refresh() }
        case "sessions.end": return { try await $0.openSession().end() }
        case "messages.create":
            return { _ = try await $0.openSession().send(params?["content"]?.text ?? "") }
        case "messages.list":
            return { client in for try await _ in try await client.openSession().messages() {} }
        case "agents.list": return { _ = try await $0.agents() }
        case "avatars.list": return { _ = try await $0.avatars() }
        case "voices.list": return { _ = try await $0.voices() }
        default: return nil
        }
    }

    private func play(_ name: String, at control: URL) async throws {
        var request = URLRequest(url: control.appendingPathComponent("play"))
        request.httpMethod = "POST"
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.httpBody = try JSONEncoder().encode(["name": name])
        let (_, response) = try await URLSession.shared.data(for: request)
        #expect((response as? HTTPURLResponse)?.statusCode == 204, "\(name) cannot be played")
    }

    private func allVectors() throws -> [JSONValue] {
        let folder = checkout.appendingPathComponent("contract/vectors")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".json") }
        return try files.sorted().flatMap { try contract("vectors/\($0)").items }
    }
}
