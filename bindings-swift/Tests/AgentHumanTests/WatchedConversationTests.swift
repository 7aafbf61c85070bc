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
        let bodies = Locked<[JSONValue]>([])
        let backend = try FakeBackend { request in
            switch (request.method, request.path) {
            case ("POST", "/v1/sessions"): return .grant("grant-grant-grant")
            case ("POST", "/v1/sessions/101/messages"):
                let body = (try? JSONDecoder().decode(JSONValue.self, from: Data(request.body.utf8))) ?? .null
                let count = bodies.change { $0.append(body) }.count
                switch count {
                case 1: return .error(503, "service_unavailable")
                case 3:
                    let error = #"{"code":"timeout","message":"late","outcome_unknown":true}"#
                    return .init(status: 504, body: #"{"success":false,"error":\#(error)}"#)
                default:
                    let content = body["content"]?.text ?? ""
                    let message =
                        #"{"id":"\#(count)","session_id":"101","role":"user","content":"\#(content)","created_at":"2026-02-03T04:05:06Z"}"#
                    return .init(status: 201, body: #"{"success":true,"message":\#(message),"reply":null}"#)
                }
            default: return .init(body: #"{"success":true,"messages":[]}"#)
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
        conversation.retry(two)
        try await conversation.until { $0.messages[1].delivery == .sent }
        #expect(bodies.value.map { $0["id"]?.text } == [one, one, two, two])
        #expect(conversation.messages.map(\.id) == [one, two])
        conversation.retry(two)
        #expect(bodies.value.count == 4)
    }

    @Test func aMessageThatWasNotSentIsDiscarded() async throws {
        try await Program.withRelay { relay in
            let session = try await relay.client().openSession(sessionType: .agentChat)
            try await session.end()
            let conversation = session.conversation()
            let id = try conversation.send("Still there?")
            let failed = try await conversation.until { $0.messages.first?.delivery == .failed }.messages[0]
            #expect(!failed.canRetry)
            #expect(failed.error?.kind == .conflict)
            conversation.discard(id)
            #expect(conversation.messages.isEmpty)
        }
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
