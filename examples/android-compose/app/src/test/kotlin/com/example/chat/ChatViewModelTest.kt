// The view model of a chat, without a backend.

package com.example.chat

import androidx.lifecycle.ViewModelStore
import com.agenthuman.AgentHumanException
import com.agenthuman.ApiConnectionException
import com.agenthuman.Conversation
import com.agenthuman.ConversationMessage.Delivery
import com.agenthuman.ConversationSource
import com.agenthuman.ConversationState.Connection
import com.agenthuman.ErrorFields
import com.agenthuman.InvalidTokenException
import com.agenthuman.MessageRole
import com.agenthuman.testing.FakeConversations
import com.example.chat.chat.ChatViewModel
import com.example.chat.support.onMain
import com.example.chat.support.until
import com.example.chat.ui.Remedy
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.flow.MutableSharedFlow
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

internal class ChatViewModelTest {
    private val offline = ApiConnectionException(ErrorFields("connection", "no route to the host", retryable = true))

    @Test
    fun `a message is shown at once, while the agent is typing, and then its reply`() = onMain {
        val reply = CompletableDeferred<String>()
        val model = ChatViewModel(FakeConversations(listOf(MessageRole.Assistant to "Welcome!")) { reply.await() })
        assertTrue(model.state.value.isLoading)
        model.start()
        model.state.until { it.messages.size == 1 && it.canSend }
        model.send("Hello!")
        val sending = model.state.until { it.messages.size == 2 }
        assertEquals("Hello!" to Delivery.Sending, sending.messages[1].let { it.content to it.delivery })
        assertTrue(sending.isAgentTyping)
        reply.complete("Good morning.")
        val answered = model.state.until { it.messages.size == 3 }
        assertEquals("Good morning.", answered.messages[2].content)
        assertEquals(Delivery.Sent, answered.messages[1].delivery)
        assertFalse(model.state.until { !it.isAgentTyping }.isLoading)
    }

    @Test
    fun `a message that failed is sent again, or removed`() = onMain {
        var failure: AgentHumanException? = offline
        val model = ChatViewModel(FakeConversations { failure?.let { throw it } ?: "You said $it" })
        model.start()
        model.state.until { it.canSend }
        model.send("one")
        val failed = model.state.until { it.messages.singleOrNull()?.delivery == Delivery.Failed }.messages.single()
        assertTrue(failed.canRetry)
        model.discard(failed.id)
        model.state.until { it.messages.isEmpty() }
        model.send("two")
        val second = model.state.until { it.messages.singleOrNull()?.delivery == Delivery.Failed }.messages.single()
        failure = null
        model.retry(second.id)
        assertEquals(
            listOf("two", "You said two"),
            model.state.until { it.messages.size == 2 }.messages.map { it.content },
        )
    }

    @Test
    fun `a conversation that cannot be opened says why, and opens when the network is back`() = onMain {
        val networkChanges = MutableSharedFlow<Unit>(extraBufferCapacity = 1)
        var isOffline = true
        val source = ConversationSource { if (isOffline) throw offline else FakeConversations().open() }
        val model = ChatViewModel(source, networkChanges)
        model.start()
        val closed = model.state.until { it.notice != null }
        assertEquals(
            "No connection. Check your network and try again." to Remedy.TryAgain,
            closed.notice?.let { it.text to it.remedy },
        )
        assertFalse(closed.canSend)
        isOffline = false
        networkChanges.subscriptionCount.until { it == 1 }
        networkChanges.emit(Unit)
        model.state.until { it.canSend && it.notice == null }
    }

    @Test
    fun `somebody whose sign-in is over is asked to sign in`() = onMain {
        val over = InvalidTokenException(ErrorFields("invalid_token", "the backend does not accept the token"))
        val model = ChatViewModel({ throw over })
        model.start()
        assertEquals(Remedy.SignIn, model.state.until { it.notice != null }.notice?.remedy)
    }

    @Test
    fun `nothing is followed while the screen is not visible`() = onMain {
        val opened = CompletableDeferred<Conversation>()
        val model = ChatViewModel({ FakeConversations().open().also(opened::complete) })
        model.start()
        val conversation = opened.await()
        model.state.until { it.canSend }
        model.stop()
        assertEquals(Connection.Paused, conversation.state.value.connection)
        model.start()
        conversation.state.until { it.connection == Connection.Connected }
    }

    @Test
    fun `the conversation is closed with its view model`() = onMain {
        val opened = CompletableDeferred<Conversation>()
        val store = ViewModelStore()
        val model = ChatViewModel({ FakeConversations().open().also(opened::complete) })
        store.put("chat", model)
        model.start()
        val conversation = opened.await()
        store.clear()
        conversation.state.until { it.connection == Connection.Closed }
    }
}
