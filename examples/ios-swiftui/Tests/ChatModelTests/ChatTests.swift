// The app with its backend: `examples/mobile-backend` on a sandbox. Each test has its own user, since each user has a limit.

import AgentHuman
import Testing

@testable import ChatModel

@Suite(.timeLimit(.minutes(5))) @MainActor struct ChatTests {
    @Test func aUserSignsInAndGetsAReply() async throws {
        let app = try await Phone().launch()
        let form = try #require(app.form)
        #expect(!form.canSubmit)
        await form.submit("alice", "wrong")
        #expect(form.error == "The name or the password is wrong.")
        await form.submit("alice", "wonderland")
        let chats = try #require(app.chats)
        chats.openNew()
        let chat = try #require(chats.chat)
        #expect(chat.messages.isEmpty)
        await chat.open()
        chat.draft = "  \n"
        #expect(!chat.canSend)
        chat.send("Hello!")
        #expect(chat.draft == "")
        #expect(chat.messages.map(\.delivery) == [.sending])
        try await chat.until { $0.messages.map(\.role) == [.user, .assistant] && !$0.isAwaitingReply }
        #expect(chat.messages.map(\.delivery) == [.sent, .sent])
        try await chat.conversation?.session.end()
    }

    @Test func aChatGoesOnOnAnotherDeviceAndIsEndedThere() async throws {
        let phone = try Phone(of: "sam")
        let chat = try await phone.launch().newChat()
        chat.send("on the phone")
        try await chat.until { $0.messages.count == 2 && !$0.isAwaitingReply }

        let tablet = try Phone()
        try await tablet.store.token.save(phone.store.token.load())
        let chats = try #require(await tablet.launch().chats)
        #expect(chats.chat == nil)
        await chats.refresh()
        let session = try #require(chats.sessions.first)
        #expect(chats.sessions.map(\.id) == [chat.conversation?.session.id])
        chats.open(session)
        let same = try #require(chats.chat)
        await same.open()
        same.send("on the tablet")
        try await same.until { $0.said == ["on the phone", "on the tablet"] && !$0.isAwaitingReply }
        try await chat.until { $0.said == ["on the phone", "on the tablet"] }

        chats.chat = nil
        await chats.end(session)
        #expect(chats.notice == nil)
        #expect(chats.sessions.map(\.status) == [.completed])
        chat.send("too late")
        try await chat.until { $0.messages.last?.delivery == .failed }
        #expect(chat.messages.last?.canRetry == false)
    }

    @Test func aMessageWithoutANetworkFailsAndIsSentAgain() async throws {
        let wire = try Wire(to: backendURL())
        let app = try await Phone(of: "olga", url: wire.url).launch()
        let chat = try await app.newChat()
        chat.send("before")
        try await chat.until { $0.messages.count == 2 && !$0.isAwaitingReply }

        wire.cut()
        app.networkChanged(isOnline: false)
        #expect(!app.isOnline)
        chat.send("offline")
        try await chat.until { $0.messages.last?.delivery == .failed && $0.notice == .reconnecting }
        let failed = try #require(chat.messages.last)
        #expect(failed.canRetry)
        #expect(failed.error?.userMessage == "No connection. Check your network and try again.")

        try wire.mend()
        app.networkChanged(isOnline: true)
        chat.retry(failed)
        try await chat.until { $0.messages.count == 4 && !$0.isAwaitingReply && $0.notice == nil }
        #expect(chat.said == ["before", "offline"])
    }

    @Test func aMessageWhoseResponseIsLostIsNotSentTwice() async throws {
        let wire = try Wire(to: backendURL())
        let app = try await Phone(of: "lars", url: wire.url).launch()
        let chat = try await app.newChat()
        try await chat.until { $0.conversation?.connection == .connected }
        wire.loseResponses()
        chat.send("Are you there?")
        try await chat.until { $0.messages.first?.delivery == .unknown }
        try wire.mend()
        app.networkChanged(isOnline: true)
        try await chat.until { $0.messages.count == 2 && $0.messages.allSatisfy { $0.delivery == .sent } }
        #expect(chat.said == ["Are you there?"])
    }

    @Test func theChatGoesOnAfterTheAppWasKilled() async throws {
        let phone = try Phone(of: "kim")
        let old = try await phone.launch().newChat()
        old.send("before")
        try await old.until { $0.messages.count == 2 && !$0.isAwaitingReply }

        // Nothing is closed, and only the store is left.
        let app = await phone.launch()
        let chat = try #require(app.chats?.chat)
        await chat.open()
        #expect(chat.conversation?.session.id == old.conversation?.session.id)
        try await chat.until { $0.messages.count == 2 }
        app.enteredBackground()
        #expect(chat.conversation?.connection == .paused)
        app.enteredForeground()
        chat.send("after")
        try await chat.until { $0.messages.count == 4 && !$0.isAwaitingReply }
        #expect(chat.said == ["before", "after"])

        await app.signOut()
        let form = try #require(await phone.launch().form)
        #expect(form.error == nil)
    }

    @Test func aUserWhomTheBackendForgotSignsInAgainAndTheChatGoesOn() async throws {
        let phone = try Phone()
        let before = await phone.launch()
        await before.form?.submit("bob", "builder")
        let old = try await before.newChat()
        try await phone.store.token.save("forgotten")

        let app = await phone.launch()
        let chat = try #require(app.chats?.chat)
        await chat.open()
        #expect(chat.notice == .signedOut)
        await app.signInAgain()
        await app.form?.submit("bob", "builder")
        let again = try #require(app.chats?.chat)
        await again.open()
        #expect(again.conversation?.session.id == old.conversation?.session.id)
        try await again.conversation?.session.end()
    }
}
