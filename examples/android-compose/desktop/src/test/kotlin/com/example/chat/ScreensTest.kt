// The screens, drawn without a display: light and dark, with large letters, and from right to left. The pictures are in
// target/pictures. They are not compared, since letters look different on other machines: what must be there, fit, be
// legible and
// be large enough is checked.

package com.example.chat

import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.hasContentDescription
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.onAllNodesWithText
import com.agenthuman.ApiConnectionException
import com.agenthuman.ApiTimeoutException
import com.agenthuman.ConversationMessage.Delivery
import com.agenthuman.ErrorFields
import com.agenthuman.MessageRole
import com.agenthuman.testing.FakeConversations
import com.example.chat.chat.ChatScreen
import com.example.chat.chat.ChatState
import com.example.chat.chat.ChatViewModel
import com.example.chat.chat.NoActions
import com.example.chat.sessions.Chat
import com.example.chat.sessions.NoSessionsActions
import com.example.chat.sessions.SessionsScreen
import com.example.chat.sessions.SessionsState
import com.example.chat.sessions.shown
import com.example.chat.signin.SignInScreen
import com.example.chat.signin.SignInState
import com.example.chat.support.Look
import com.example.chat.support.drawn
import com.example.chat.support.fromMain
import com.example.chat.support.until
import com.example.chat.ui.Notice
import com.example.chat.ui.Remedy
import com.example.chat.ui.Texts
import kotlin.time.Instant
import kotlinx.coroutines.awaitCancellation
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.EnumSource

@OptIn(ExperimentalTestApi::class)
internal class ScreensTest {
    @ParameterizedTest
    @EnumSource
    fun `a chat`(look: Look) {
        val state = chatted()
        drawn("chat", look, { ChatScreen(state, NoActions) }, "Four hours by plane.", "How long is the flight?") {
            onNode(hasContentDescription(Texts.SEND)).assertExists()
            onNode(hasContentDescription(Texts.typing(Texts.AGENT))).assertExists()
        }
    }

    @ParameterizedTest
    @EnumSource
    fun `a chat with problems`(look: Look) {
        val state = failed().copy(agent = "Sunny", notice = Notice(Texts.OFFLINE))
        val texts = arrayOf("Sunny", Texts.OFFLINE, Texts.TRY_AGAIN, Texts.REMOVE, "Perhaps not sent.", "Not sent.")
        drawn("chat-problems", look, { ChatScreen(state, NoActions) }, *texts)
    }

    @ParameterizedTest
    @EnumSource
    fun `a chat that stopped`(look: Look) {
        val notice = Notice("Sign in again.", Remedy.SignIn)
        val state = ChatState(agent = "Sunny", isLoading = false, canSend = true, notice = notice)
        drawn(
            "chat-stopped",
            look,
            { ChatScreen(state, NoActions) },
            "Sign in again.",
            Texts.greeting("Sunny"),
            Texts.SIGN_IN,
        )
    }

    @ParameterizedTest
    @EnumSource
    fun `the sign-in`(look: Look) {
        val state = SignInState(problem = Texts.WRONG_PASSWORD)
        drawn("sign-in", look, { SignInScreen(state, { _, _ -> }) }, Texts.NAME, Texts.PASSWORD, Texts.WRONG_PASSWORD)
    }

    @ParameterizedTest
    @EnumSource
    fun `the conversations`(look: Look) {
        val times = listOf("2026-11-30T09:30:00Z", "2026-11-28T17:05:00Z", "2026-11-27T11:20:00Z")
        val chats = times.map { Chat(it, "Sunny", Instant.parse(it), isOver = it == times.last()) }
        val state = SessionsState(chats, isLoading = false, ending = setOf(chats[1].id))
        drawn(
            "sessions",
            look,
            { SessionsScreen(state, NoSessionsActions) },
            Texts.CHATS,
            Texts.NEW_CHAT,
            Texts.ENDED,
        ) {
            check(onAllNodesWithText("Sunny").fetchSemanticsNodes().size == 3)
            onNode(hasContentDescription(Texts.end("Sunny", chats[0].startedAt.shown())) and hasText(Texts.END))
                .assertExists()
        }
    }

    @ParameterizedTest
    @EnumSource
    fun `no conversations`(look: Look) =
        drawn(
            "no-sessions",
            look,
            { SessionsScreen(SessionsState(isLoading = false), NoSessionsActions) },
            Texts.NO_CHATS,
        )

    /** A conversation whose agent is about to answer. */
    private fun chatted(): ChatState = fromMain {
        val history =
            listOf(
                MessageRole.Assistant to "Hi! Where would you like to go?",
                MessageRole.User to "Somewhere warm in February, and not too far.",
                MessageRole.Assistant to
                    "The Canary Islands, then: about 21 °C, and hardly any rain. Four hours by plane.",
            )
        val model = ChatViewModel(FakeConversations(history) { awaitCancellation() })
        model.start()
        model.state.until { it.messages.size == history.size }
        model.send("How long is the flight?")
        model.state.until { it.isAgentTyping }
    }

    /** A conversation with a message that was sent, one that may have been, and one that was not. */
    private fun failed(): ChatState = fromMain {
        val problems =
            listOf(null, ApiTimeoutException(ErrorFields("timeout", "timed out", outcomeUnknown = true)), OFFLINE)
        val outcomes = problems.iterator()
        val model = ChatViewModel(FakeConversations { outcomes.next()?.let { throw it } })
        model.start()
        model.state.until { it.canSend }
        listOf("Hello!", "Are you there?", "Hello?").forEach(model::send)
        model.state.until { state ->
            state.messages.size == 3 && state.messages.none { it.delivery == Delivery.Sending }
        }
    }
}

private val OFFLINE = ApiConnectionException(ErrorFields("connection", "no route to the host", retryable = true))
