// A conversation as a screen watches it.

import Foundation
import Testing

@testable import AgentHuman

@Suite(.timeLimit(.minutes(5))) @MainActor struct WatchedConversationTests {
    @Test func aMessageIsShownAtOnceAndThenItsReply() async throws {
        try await Program.withRelay { relay in
            let conversation = try await relay.client().openSession(sessionType: .agentChat).conversation()
            let id = try conversation.send("Hello!")
            #expect(conversation.messages.map(\.id) == [id])
            #expect(conversation.messages[0].delivery == .sending)
            #expect(conversation.isAwaitingReply)
            let answered = try await conversation.until { $0.messages.count == 2 && !$0.isAwaitingReply }
            #expect(answered.messages.map(\.role) == [.user, .assistant])
            #expect(answered.messages[0].id == id)
            #expect(answered.messages[0].delivery == .sent)
            let refused = await failure { try conversation.send("") }
            #expect(refused?.kind == .invalidArgument)
        }
    }

    @Test func messagesOfAnotherDeviceAreFollowedAndAPauseIsCaughtUpOn() async throws {
        try await Program.withRelay { relay in
            let session = try await relay.client().openSession(sessionType: .agentChat)
            _ = try await session.send("before")
            let conversation = session.conversation(every: .milliseconds(5))
            try await conversation.until { $0.users == ["before"] }
            _ = try await session.send("elsewhere")
            try await conversation.until { $0.users == ["before", "elsewhere"] }
            try conversation.send("here")
            try await conversation.until { $0.users == ["before", "elsewhere", "here"] && $0.messages.count == 6 }

            conversation.pause()
            #expect(conversation.connection == .paused)
            _ = try await session.send("while away")
            #expect(conversation.state.users.count == 3)
            conversation.resume()
            try await conversation.until { $0.connection == .connected && $0.users.last == "while away" }
            var all: [String] = []
            for try await message in session.messages() {
                all.append(message.id)
            }
            #expect(conversation.messages.map(\.message.id) == all)
            conversation.close()
            #expect(conversation.connection == .closed)
            for await state in conversation.states {
                #expect(state.connection == .closed)
            }
        }
    }

    @Test func aMessageThatFailedIsSentAgainAndOneThatMayHaveArrivedIsNotSentTwice() async throws {
        let posts = Locked(0)
        let history = Locked("")
        func message(_ id: String, _ content: String) -> String {
            #"{"id":"\#(id)","session_id":"101","role":"user","content":"\#(content)","created_at":"2026-02-03T04:05:06Z"}"#
        }
        let sent = #"{"success":true,"message":\#(message("6", "one")),"reply":null}"#
        let backend = try FakeBackend { request in
            switch (request.method, request.path) {
            case ("POST", "/v1/sessions"): return .grant("grant-grant-grant")
            case ("POST", "/v1/sessions/101/messages"):
                switch posts.change({ $0 += 1 }) {
                case 1: return .error(503, "service_unavailable")
                case 2: return .init(status: 201, body: sent)
                default:
                    let error = #"{"code":"timeout","message":"late","outcome_unknown":true}"#
                    return .init(status: 504, body: #"{"success":false,"error":\#(error)}"#)
                }
            default: return .init(body: #"{"success":true,"messages":[\#(history.value)]}"#)
            }
        }
        let client = try AgentHumanClient(backend: backend.url, maxRetries: 0) { "demo-alice" }
        let conversation = try await client.openSession().conversation(every: .seconds(3600))
        try await conversation.until { $0.connection == .connected }
        let one = try conversation.send("one")
        let failed = try await conversation.until { $0.messages[0].delivery == .failed }.messages[0]
        #expect(failed.canRetry)
        #expect(failed.error?.kind == .serviceUnavailable)
        conversation.retry(one)
        try await conversation.until { $0.messages[0].delivery == .sent }

        let two = try conversation.send("two")
        try await conversation.until { $0.messages[1].delivery == .unknown }
        history.value = message("7", "two")
        conversation.retry(two)
        try await conversation.until { $0.messages[1].delivery == .sent }
        #expect(posts.value == 3)
        #expect(conversation.messages.map(\.id) == [one, two])

        let three = try conversation.send("three")
        try await conversation.until { $0.messages[2].delivery == .unknown }
        conversation.discard(three)
        #expect(conversation.messages.count == 2)
    }

    @Test func anErrorThatStaysStopsItAndResumeTriesAgain() async throws {
        try await Program.withRelay { relay in
            let user = Locked("demo-alice")
            let client = try AgentHumanClient(backend: relay.url()) { user.value }
            let conversation = try await client.openSession().conversation(every: .milliseconds(5))
            try await conversation.until { $0.connection == .connected }
            user.value = "nobody"
            let stopped = try await conversation.until { $0.connection == .stopped }
            #expect(stopped.error?.kind == .invalidToken)
            user.value = "demo-alice"
            conversation.resume()
            try await conversation.until { $0.connection == .connected && $0.error == nil }
        }
    }

    @Test func aConversationThatNobodyHasIsOver() async throws {
        try await Program.withRelay { relay in
            let session = try await relay.client().openSession(sessionType: .agentChat)
            var conversation: Conversation? = session.conversation()
            try await conversation?.until { $0.connection == .connected }
            weak var gone = conversation
            conversation = nil
            #expect(gone == nil)
        }
    }
}

extension ConversationState {
    fileprivate var users: [String] {
        messages.filter { $0.role == .user }.map(\.content)
    }
}

extension Conversation {
    /// Waits for a state.
    @discardableResult
    fileprivate func until(_ isReached: (ConversationState) -> Bool) async throws -> ConversationState {
        for await state in states where isReached(state) {
            return state
        }
        throw Missing(what: "a state")
    }
}
