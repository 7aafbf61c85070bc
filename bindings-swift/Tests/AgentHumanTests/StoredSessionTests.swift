// A session across restarts of an app, and conversations without a backend.

import Foundation
import Testing

@testable import AgentHuman

@Suite(.timeLimit(.minutes(5))) @MainActor struct StoredSessionTests {
    @Test func aConversationGoesOnAfterTheAppWasKilled() async throws {
        try await Program.withRelay { relay in
            let store = MemorySessionStore()
            // The app is killed: nothing is closed, and only the store is left.
            let before = try await StoredSession(client: relay.client(), store: store).open()
            try before.send("before")
            try await before.until { $0.messages.count == 2 && !$0.isAwaitingReply }

            let sessions = StoredSession(client: try relay.client(), store: store)
            let after = try await sessions.open()
            #expect(after.session.id == before.session.id)
            try await after.until { $0.messages.count == 2 }
            try after.send("after")
            try await after.until { $0.messages.count == 4 && !$0.isAwaitingReply }
            #expect(after.messages.filter { $0.role == .user }.map(\.content) == ["before", "after"])
            var said: [String] = []
            for try await message in after.session.messages() where message.role == .user {
                said.append(message.content)
            }
            #expect(said == ["before", "after"])

            async let one = sessions.open()
            async let two = sessions.open()
            #expect(try await one.session === two.session)
            try await sessions.end()
            #expect(try await store.load() == nil)
            #expect(try await sessions.open().session.id != before.session.id)
        }
    }

    @Test func aStoredSessionThatIsOverIsReplacedAndOneThatCannotBeReachedIsKept() async throws {
        try await Program.withRelay { relay in
            let store = MemorySessionStore()
            let first = try await StoredSession(client: relay.client(), store: store).open().session
            let stored = try #require(try await store.load())
            let signedOut = try AgentHumanClient(backend: relay.url()) { throw Missing(what: "a user") }
            let kept = await failure { _ = try await StoredSession(client: signedOut, store: store).open() }
            #expect(kept?.kind == .tokenUnavailable)
            #expect(try await store.load() == stored)
            try await first.end()
            #expect(try await StoredSession(client: relay.client(), store: store).open().session.id != first.id)
            #expect(try await store.load() != stored)
        }
    }

    @Test func aConversationWithoutABackendHasTheSameRules() async throws {
        let isOffline = Locked(false)
        let fake = FakeConversations([(.assistant, "Welcome!")]) { content in
            if isOffline.value {
                throw AgentHumanError(.connection, message: "no network", retryable: true)
            }
            return "You said \(content)"
        }
        let conversation = try await fake.open()
        try await conversation.until { $0.messages.map(\.content) == ["Welcome!"] }
        try conversation.send("one")
        try conversation.send("two")
        let all = ["Welcome!", "one", "You said one", "two", "You said two"]
        try await conversation.until { $0.messages.map(\.content) == all && !$0.isAwaitingReply }
        isOffline.value = true
        let three = try conversation.send("three")
        let failed = try await conversation.until { $0.messages.last?.delivery == .failed }
        #expect(failed.messages.last?.canRetry == true)
        isOffline.value = false
        conversation.retry(three)
        try await conversation.until { $0.messages.last?.content == "You said three" }
        conversation.pause()
        conversation.resume()
        try await conversation.until { $0.connection == .connected }
        #expect(conversation.messages.count == 7)
    }
}
