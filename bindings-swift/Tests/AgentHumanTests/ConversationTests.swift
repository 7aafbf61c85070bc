// Conversations through the relay, with the sandbox.

import Foundation
import Testing

@testable import AgentHuman

@Suite(.timeLimit(.minutes(5))) struct ConversationTests {
    @Test func aConversation() async throws {
        try await Program.withRelay { relay in
            let client = try relay.client()
            let agent = try #require(try await client.agents().first)
            let session = try await client.openSession(
                agentID: agent.id, sessionType: .agentChat,
                metadata: ["from": "a test", "tries": 1, "deep": ["x": [true, nil, 0.5]]])
            #expect(session.info.agentID == agent.id)
            #expect(session.info.status == .active)
            let startedAt = try #require(session.info.startedAt)
            #expect(abs(startedAt.timeIntervalSinceNow) < 24 * 3600)

            let exchange = try await session.send("Hello!")
            #expect(exchange.message.content == "Hello!")
            #expect(exchange.message.role == .user)
            #expect(exchange.reply?.role == .assistant)
            #expect(try await session.refresh().status == .active)
            #expect(try await session.renew().id == session.id)

            let ended = try await session.end()
            #expect(ended.status == .completed)
            #expect(ended.endedAt != nil)
            #expect(session.info == ended)
            #expect(try await session.end().status == .completed)
            let refused = await failure { _ = try await session.send("Still there?") }
            #expect(refused?.kind == .conflict)
            #expect(refused?.status == 409)
            #expect(refused?.operation == "messages.create")
        }
    }

    @Test func aRoomIsOpenedAndEnded() async throws {
        try await Program.withRelay { relay in
            let session = try await relay.client().openRoom(metadata: ["lesson": 4])
            #expect(session.platform == .proxy)
            #expect(session.url.scheme == "ws" || session.url.scheme == "wss")
            #expect(session.token.split(separator: ".").count == 3)
            #expect(session.info.status == .started)
            #expect(try await session.refresh().status == .started)
            #expect(try await session.renew().id == session.id)
            var dumped = ""
            dump(session, to: &dumped)
            for printed in ["\(session)", String(reflecting: session), dumped] {
                #expect(!printed.contains(session.token))
            }
            let ended = try await session.end()
            #expect(ended.status == .ended)
            #expect(session.info == ended)
            let refused = await failure { _ = try await session.renew() }
            #expect(refused?.kind == .conflict)
        }
    }

    @Test func aStoredSessionIsResumedByAnotherClientWithItsMessages() async throws {
        try await Program.withRelay { relay in
            let opened = try await relay.client().openSession(sessionType: .agentChat)
            _ = try await opened.send("before the restart")
            let stored = try JSONEncoder().encode([opened.restorable])

            let restorable = try #require(JSONDecoder().decode([RestorableSession].self, from: stored).first)
            let client = try relay.client()
            let session = try await client.resume(restorable)
            #expect(session.id == opened.id)
            _ = try await session.send("after the restart")
            #expect(try await contents(session.messages()) == ["before the restart", "after the restart"])

            let bob = try relay.client("bob")
            let foreign = await failure { _ = try await bob.resume(restorable) }
            #expect(foreign?.kind == .permissionDenied)

            _ = try await session.end()
            let ended = await failure { _ = try await client.resume(restorable) }
            #expect(ended?.kind == .conflict)
            let no = await failure { _ = try await client.resume(RestorableSession(data: Data([1]))) }
            #expect(no?.kind == .invalidArgument)
            #expect(no?.parameter == "restorable")
        }
    }

    @Test func avatarsVoicesAndAgentsAreListed() async throws {
        try await Program.withRelay { relay in
            let client = try relay.client()
            let avatars = try await client.avatars()
            #expect(!avatars.isEmpty)
            #expect(avatars.allSatisfy { !$0.id.isEmpty && !$0.name.isEmpty && $0.extra.isEmpty })
            #expect(try await !client.voices().isEmpty)
            #expect(try await !client.agents().isEmpty)
        }
    }

    @Test func messagesAreFetchedPageByPage() async throws {
        try await Program.withRelay { relay in
            let session = try await relay.client().openSession(sessionType: .agentChat)
            for number in 1...3 {
                _ = try await session.send("message \(number)")
            }
            #expect(try await contents(session.messages(limit: 2)) == ["message 1", "message 2", "message 3"])
            let all = try await ids(session.messages())
            #expect(try await ids(session.messages(limit: 4)) == all)
            #expect(try await ids(session.messages(after: all[1])) == Array(all.dropFirst(2)))
        }
    }

    @Test func newMessagesAreFollowed() async throws {
        try await Program.withRelay { relay in
            let session = try await relay.client().openSession(sessionType: .agentChat)
            _ = try await session.send("first")
            var said: [String] = []
            for try await message in session.messages(following: true, every: .milliseconds(20))
            where message.role == .user {
                said.append(message.content)
                // Sent after all earlier messages were received, so that each one is new.
                switch said.count {
                case 1: _ = try await session.send("second")
                case 2: _ = try await session.send("third")
                default: break
                }
                if said.count == 3 { break }
            }
            #expect(said == ["first", "second", "third"])
        }
    }

    @Test func anInvalidIntervalIsRejected() async throws {
        try await Program.withRelay { relay in
            let session = try await relay.client().openSession()
            let error = await failure {
                for try await _ in session.messages(following: true, every: .seconds(-1)) {}
            }
            #expect(error?.kind == .configuration)
            #expect(error?.parameter == "every")
        }
    }

    @Test func sessionsOfOtherUsersAreRejected() async throws {
        try await Program.withRelay { relay in
            let user = Locked("demo-alice")
            let client = try AgentHumanClient(backend: relay.url()) { user.value }
            let session = try await client.openSession()
            user.value = "demo-bob"
            let denied = await failure { try await session.refresh() }
            #expect(denied?.kind == .permissionDenied)
            user.value = "nobody"
            let refused = await failure { try await session.refresh() }
            #expect(refused?.kind == .invalidToken)
        }
    }

    @Test func manyConcurrentSessions() async throws {
        try await Program.withRelay { relay in
            let client = try relay.client()
            let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        let session = try await client.openSession(sessionType: .agentChat)
                        _ = try await session.send("number \(number)")
                        return try await contents(session.messages()).filter { $0 == "number \(number)" }.count
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(counts == Array(repeating: 1, count: 50))
        }
    }
}

/// The user's messages.
func contents(_ messages: Messages) async throws -> [String] {
    try await messages.reduce(into: []) { said, message in
        if message.role == .user { said.append(message.content) }
    }
}

private func ids(_ messages: Messages) async throws -> [String] {
    try await messages.reduce(into: []) { $0.append($1.id) }
}
