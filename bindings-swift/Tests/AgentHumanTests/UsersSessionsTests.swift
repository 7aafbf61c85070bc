// A user's sessions on any device: the list, and a session that another device goes on with.

import Foundation
import Testing

@testable import AgentHuman

@Suite(.timeLimit(.minutes(5))) struct UsersSessionsTests {
    @Test func anotherDeviceOfTheUserGoesOnWithASession() async throws {
        try await Program.withRelay { relay in
            let phone = try relay.client()
            let tablet = try relay.client()
            let older = try await phone.openSession()
            let session = try await phone.openSession(sessionType: .agentChat)
            _ = try await session.send("on the phone")

            let listed = try await tablet.sessions()
            #expect(listed.map(\.id) == [session.id, older.id])
            #expect(listed.first?.status == .active)
            let resumed = try await tablet.resumeSession(id: session.id)
            #expect(try await contents(resumed.messages()) == ["on the phone"])
            _ = try await resumed.send("on the tablet")
            #expect(try await contents(session.messages()) == ["on the phone", "on the tablet"])
            #expect(try await tablet.resume(resumed.restorable).id == session.id)

            try await session.end()
            #expect(try await tablet.sessions().map(\.status) == [.completed, .active])
            let ended = try await tablet.resumeSession(id: session.id)
            #expect(try await contents(ended.messages()) == ["on the phone", "on the tablet"])
            #expect(await failure { _ = try await ended.send("too late") }?.kind == .conflict)
        }
    }

    @Test func anotherUserHasNoSuchSession() async throws {
        try await Program.withRelay { relay in
            let session = try await relay.client().openSession()
            let other = try relay.client("bob")
            #expect(try await other.sessions().isEmpty)
            let missing = await failure { _ = try await other.resumeSession(id: session.id) }
            let unknown = await failure { _ = try await other.resumeSession(id: "999999") }
            #expect(missing?.kind == .notFound)
            #expect(missing?.message == unknown?.message)
            #expect(await failure { _ = try await other.resumeSession(id: "..") }?.kind == .invalidArgument)
        }
    }
}
