// The app with a real backend: its sign-in, the relay and a sandbox.

package com.example.chat

import com.agenthuman.AgentHumanClient
import com.agenthuman.ConversationMessage.Delivery
import com.agenthuman.MemorySessionStore
import com.agenthuman.MessageRole
import com.example.chat.account.LazyKeyStore
import com.example.chat.account.User
import com.example.chat.chat.ChatViewModel
import com.example.chat.sessions.BackendChats
import com.example.chat.sessions.SessionsViewModel
import com.example.chat.signin.SignInViewModel
import com.example.chat.support.BACKEND
import com.example.chat.support.Tunnel
import com.example.chat.support.madeUpKey
import com.example.chat.support.onMain
import com.example.chat.support.until
import com.example.chat.ui.Remedy
import com.example.chat.ui.Texts
import java.io.File
import java.util.UUID
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

internal class AppTest {
    @TempDir lateinit var folder: File

    private val key = madeUpKey()

    /** The backend accepts it for a user of this name, so that each test has a user without sessions. */
    private val token = "demo-${UUID.randomUUID()}"

    @Test
    fun `a user signs in, and is signed in after a restart`() = onMain {
        App(BACKEND, folder, key).use { app ->
            app.account.restore()
            assertEquals(User.SignedOut, app.account.user.value)
            val model = SignInViewModel(app.account::signIn)
            model.submit("alice", "not hers")
            assertEquals(Texts.WRONG_PASSWORD, model.state.until { it.problem != null }.problem)
            model.submit(" alice ", "wonderland")
            app.account.user.until { it is User.SignedIn }
        }
        assertTrue(
            folder.walk().none { it.isFile && "alice" in it.readText(Charsets.ISO_8859_1) },
            "a file is not encrypted",
        )
        App(BACKEND, folder, key).use { app ->
            app.account.restore()
            assertEquals("alice", (app.account.user.value as User.SignedIn).name)
            app.signOut()
        }
        App(BACKEND, folder, madeUpKey()).use { app ->
            app.account.restore()
            assertEquals(User.SignedOut, app.account.user.value)
        }
    }

    @Test
    fun `no sign-in without a network`() = onMain {
        Tunnel(BACKEND).use { tunnel ->
            tunnel.isDown = true
            val model = SignInViewModel(App(tunnel.url, folder, key).account::signIn)
            model.submit("alice", "wonderland")
            assertEquals(Texts.NO_SIGN_IN, model.state.until { it.problem != null }.problem)
        }
    }

    @Test
    fun `a chat goes on after the process was killed, and on another device`() = onMain {
        val before = signedIn("bob", "builder")
        val first = ChatViewModel(before.chats.started())
        first.start()
        first.state.until { it.canSend }
        first.send("Remember me.")
        first.state.until { it.messages.size == 2 && !it.isAgentTyping }
        // Nothing is closed: only the files are left.

        App(BACKEND, folder, key).use { after ->
            after.account.restore()
            val second = ChatViewModel(after.chats.started())
            second.start()
            val resumed = second.state.until { it.messages.size == 2 }
            assertEquals("Remember me.", resumed.messages[0].content)
            second.send("Still there?")
            second.state.until { it.messages.size == 4 && !it.isAgentTyping }

            after.chats.forget()
            val another = ChatViewModel(after.chats.started())
            another.start()
            assertTrue(another.state.until { it.canSend && !it.isLoading }.messages.isEmpty())
        }
        App(BACKEND, File(folder, "tablet").apply { mkdir() }, madeUpKey()).use { tablet ->
            tablet.account.signIn("bob", "builder")
            val sessions = SessionsViewModel(tablet.chats)
            sessions.refresh()
            val chats = sessions.state.until { !it.isLoading }.chats
            assertEquals(listOf("Sunny", "Sunny"), chats.map { it.agent })
            val third = ChatViewModel(tablet.chats.existing(chats.last().id))
            third.start()
            third.state.until { it.messages.size == 4 && it.canSend }
            chats.forEach { sessions.end(it.id) }
            sessions.state.until { state -> state.chats.all { it.isOver } }
            sessions.refresh()
            assertTrue(sessions.state.until { !it.isLoading }.chats.all { it.isOver })

            val ended = ChatViewModel(tablet.chats.existing(chats.last().id))
            ended.start()
            val read = ended.state.until { it.messages.size == 4 }
            assertTrue(read.isOver && !read.canSend)
        }
        before.close()
    }

    @Test
    fun `a message that fails without a network is sent with it`() = onMain {
        Tunnel(BACKEND).use { tunnel ->
            val client = AgentHumanClient("${tunnel.url}/agenthuman", maxRetries = 0) { token }
            val model = ChatViewModel(BackendChats(client, MemorySessionStore()).started())
            model.start()
            model.state.until { it.canSend && !it.isLoading }

            tunnel.isDown = true
            model.send("Hello?")
            val failed = model.state.until { it.messages.singleOrNull()?.canRetry == true }
            // Whether the request had left when its connection was closed is chance.
            assertTrue(failed.messages.single().delivery in setOf(Delivery.Failed, Delivery.Unknown))
            assertEquals(Texts.OFFLINE, model.state.until { it.notice != null }.notice?.text)

            tunnel.isDown = false
            model.reconnect()
            model.state.until { it.notice == null }
            model.retry(failed.messages.single().id)
            val sent = model.state.until { it.messages.size == 2 && !it.isAgentTyping }
            assertEquals(listOf(MessageRole.User, MessageRole.Assistant), sent.messages.map { it.role })
            assertEquals(Delivery.Sent, sent.messages[0].delivery)
            client.close()
        }
    }

    @Test
    fun `a chat that cannot be resumed for want of a network is kept`() = onMain {
        Tunnel(BACKEND).use { tunnel ->
            val client = AgentHumanClient("${tunnel.url}/agenthuman", maxRetries = 0) { token }
            val chats = BackendChats(client, LazyKeyStore(File(folder, "session"), key))
            val id = chats.started().open().use { it.session.id }
            tunnel.isDown = true
            val sessions = SessionsViewModel(chats)
            sessions.refresh()
            assertEquals(Remedy.TryAgain, sessions.state.until { !it.isLoading }.notice?.remedy)
            val model = ChatViewModel(chats.started())
            model.start()
            assertEquals(Remedy.TryAgain, model.state.until { it.notice != null }.notice?.remedy)
            tunnel.isDown = false
            model.reconnect()
            model.state.until { it.canSend }
            assertEquals(id, chats.list().single().id)
            client.close()
        }
    }

    @Test
    fun `messages of another device arrive when the screen is back`() = onMain {
        val client = AgentHumanClient("$BACKEND/agenthuman") { token }
        val chats = BackendChats(client, MemorySessionStore())
        val model = ChatViewModel(chats.started())
        model.start()
        model.state.until { it.canSend && !it.isLoading }
        model.stop()
        chats.existing(chats.list().single().id).open().use { elsewhere ->
            elsewhere.send("From the tablet.")
            elsewhere.state.until { it.messages.size == 2 && !it.isAwaitingReply }
        }
        assertEquals(emptyList<Any>(), model.state.value.messages)
        model.start()
        assertEquals("From the tablet.", model.state.until { it.messages.size == 2 }.messages[0].content)
        client.close()
    }

    private suspend fun signedIn(name: String, password: String): App =
        App(BACKEND, folder, key).also { it.account.signIn(name, password) }
}
