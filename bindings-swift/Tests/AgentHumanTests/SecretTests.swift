// API keys are rejected on a phone, and secrets of the app are not printed.

import Foundation
import Testing

@testable import AgentHuman

/// A made-up key in the format of an API key.
private let key = "ah_test_" + String((0..<32).map { _ in "abcdefghijklmnopqrstuvwxyz0123456789".randomElement()! })
private let token = "demo-" + UUID().uuidString

@Suite struct SecretTests {
    @Test func aKeyAsTheTokenIsRejected() async throws {
        let arrived = Locked(0)
        let backend = try FakeBackend { _ in
            _ = arrived.change { $0 += 1 }
            return .init(body: #"{"success":true,"voices":[]}"#)
        }
        let client = try AgentHumanClient(backend: backend.url) { key }
        let error = try #require(await failure { _ = try await client.voices() })
        #expect(error.kind == .configuration)
        #expect(!"\(error)".contains("pass it"))
        #expect(error.suggestion?.contains("Only the backend may have an API key") == true)
        #expect(arrived.value == 0)
        isSilent(about: key, in: error, client)
    }

    @Test(arguments: ["http://127.0.0.1:9/KEY", "http://127.0.0.1:9?key=KEY", "http://KEY@127.0.0.1:9"])
    func aKeyInTheURLIsRefused(_ pattern: String) async throws {
        let url = try #require(URL(string: pattern.replacingOccurrences(of: "KEY", with: key)))
        let error = try #require(await failure { _ = try AgentHumanClient(backend: url) { token } })
        #expect(error.kind == .configuration)
        #expect(error.parameter == "backend")
        isSilent(about: key, in: error)
    }

    @Test func aKeyInAHeaderIsRejected() async throws {
        let url = try #require(URL(string: "http://127.0.0.1:9"))
        let error = try #require(
            await failure { _ = try AgentHumanClient(backend: url, headers: ["x-trace": key]) { token } })
        #expect(error.kind == .configuration)
        #expect(error.parameter == "headers")
        isSilent(about: key, in: error)
    }

    @Test func otherMachinesNeedHTTPS() async throws {
        let url = try #require(URL(string: "http://example.com"))
        let error = await failure { _ = try AgentHumanClient(backend: url) { token } }
        #expect(error?.kind == .configuration)
    }

    @Test func neitherTokenNorGrantIsPrinted() async throws {
        let grant = "grant-" + UUID().uuidString
        let backend = try FakeBackend { request in
            request.path == "/v1/sessions"
                ? .grant(grant) : .error(403, "permission_denied", "\(token) may not, and neither may \(grant)")
        }
        let client = try AgentHumanClient(backend: backend.url) { token }
        let session = try await client.openSession()
        let error = try #require(await failure { try await session.refresh() })
        #expect(error.kind == .permissionDenied)
        for secret in [token, grant] {
            isSilent(about: secret, in: error, client, session, session.info, session.messages())
        }
        #expect(client.description.contains("127.0.0.1"))
    }

    private func isSilent(about secret: String, in things: Any...) {
        for thing in things {
            var dumped = ""
            dump(thing, to: &dumped)
            let described = (thing as? any Error)?.localizedDescription ?? ""
            let text = "\(thing) \(String(reflecting: thing)) \(described) \(dumped)"
            #expect(!text.contains(secret), "\(type(of: thing)) prints a secret")
        }
    }
}
