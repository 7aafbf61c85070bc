// Grants, which the native library renews, and the token function of the app.

import Foundation
import Testing

@testable import AgentHuman

@Suite(.timeLimit(.minutes(5))) struct GrantTests {
    @Test func aGrantThatExpiresDuringAConversationIsRenewedAndNoMessageIsLostOrSentTwice() async throws {
        try await Program.withRelay(["--grant-seconds", "1"]) { relay in
            let session = try await relay.client().openSession(sessionType: .agentChat)
            let sent = (1...5).map { "message \($0)" }
            for content in sent {
                _ = try await session.send(content)
            }
            #expect(try await contents(session.messages(limit: 3)) == sent)
        }
    }

    @Test func aRejectedGrantIsRenewedOnceAndTheCallRepeated() async throws {
        let backend = try FakeBackend { request in
            switch (request.method, request.path, request.headers["x-agenthuman-grant"]) {
            case ("POST", "/v1/sessions", nil): .grant("first")
            case ("POST", "/v1/sessions/101/grant", "first"): .grant("second", status: 200)
            case ("GET", "/v1/sessions/101", "second"):
                .init(body: #"{"success":true,"session":\#(FakeBackend.Answer.session)}"#)
            default: .error(401, "grant_expired")
            }
        }
        let session = try await AgentHumanClient(backend: backend.url) { "token" }.openSession()
        #expect(try await session.refresh().status == .active)
        var seen: [String] = []
        for await case .arrived(let request) in backend.events {
            #expect(request.headers["authorization"] == "Bearer token")
            seen.append("\(request.method) \(request.path) \(request.headers["x-agenthuman-grant"] ?? "-")")
            if seen.count == 4 { break }
        }
        #expect(
            seen == [
                "POST /v1/sessions -", "GET /v1/sessions/101 first", "POST /v1/sessions/101/grant first",
                "GET /v1/sessions/101 second",
            ])
    }

    @Test func aMessageThatMayHaveBeenSentIsSentAgainWithItsID() async throws {
        let sent = Locked<[FakeBackend.Request]>([])
        let backend = try FakeBackend { request in
            guard request.path.hasSuffix("/messages") else { return .grant("grant") }
            return sent.change { $0 += [request] }.count == 1
                ? .init(
                    status: 504,
                    body: #"{"success":false,"error":{"code":"timeout","message":"Late.","outcome_unknown":true}}"#)
                : .init(
                    status: 201,
                    body: #"""
                        {"success":true,"message":{"id":"5","session_id":"101","role":"user","content":"Hi",
                         "created_at":"2026-02-03T04:05:06Z"},"reply":null}
                        """#)
        }
        let session = try await AgentHumanClient(backend: backend.url) { "token" }.openSession()
        #expect(try await session.send("Hi", id: "mine-1").message.id == "5")
        #expect(sent.value.allSatisfy { $0.body == #"{"content":"Hi","id":"mine-1"}"# })
        #expect(sent.value.map { $0.headers["x-agenthuman-repeat-after"] } == [nil, ""])
        let refused = await failure { _ = try await session.send("Hi", id: "not plain") }
        #expect(refused?.kind == .invalidArgument)
    }

    @Test func concurrentCallsShareOneRenewal() async throws {
        let renewals = Locked(0)
        let backend = try FakeBackend { request in
            switch (request.path, request.headers["x-agenthuman-grant"]) {
            // About to expire, so that it is renewed before the next call.
            case ("/v1/sessions", nil): return .grant("first", seconds: 1)
            case ("/v1/sessions/101/grant", "first"):
                return .grant("renewed \(renewals.change { $0 += 1 })", status: 200)
            case ("/v1/sessions/101", "renewed 1"):
                return .init(body: #"{"success":true,"session":\#(FakeBackend.Answer.session)}"#)
            default: return .error(401, "grant_expired")
            }
        }
        let session = try await AgentHumanClient(backend: backend.url) { "token" }.openSession()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask { try await session.refresh() }
            }
            try await group.waitForAll()
        }
        #expect(renewals.value == 1)
    }

    @Test func theTokenFunctionRunsAgainIfTheTokenIsRejected() async throws {
        let backend = try FakeBackend { request in
            request.headers["authorization"] == "Bearer token-1"
                ? .error(401, "invalid_token") : .init(body: #"{"success":true,"voices":[]}"#)
        }
        let tokenRequests = Locked(0)
        let client = try AgentHumanClient(backend: backend.url) { "token-\(tokenRequests.change { $0 += 1 })" }
        #expect(try await client.voices().isEmpty)
        #expect(tokenRequests.value == 2)
    }

    @Test func theErrorOfTheTokenFunctionIsUnderlying() async throws {
        struct SignedOut: Error { let secret = "sesame" }
        let backend = try FakeBackend { _ in .init(body: "{}") }
        let client = try AgentHumanClient(backend: backend.url) { throw SignedOut() }
        let error = try #require(await failure { _ = try await client.voices() })
        #expect(error.kind == .tokenUnavailable)
        #expect(error.retryable)
        #expect(error.underlying is SignedOut)
        #expect(error.message == "the token function threw SignedOut")
        #expect(!"\(error) \(error.localizedDescription)".contains("sesame"))
    }

    @Test func aClosedClientThrows() async throws {
        let client = try AgentHumanClient(backend: try #require(URL(string: "http://127.0.0.1:9"))) { "token" }
        client.close()
        let error = await failure { _ = try await client.voices() }
        #expect(error?.kind == .closed)
    }
}
