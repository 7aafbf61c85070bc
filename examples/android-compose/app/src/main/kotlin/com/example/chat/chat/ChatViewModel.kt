// What the chat screen shows and does.

package com.example.chat.chat

import androidx.lifecycle.ViewModel
import androidx.lifecycle.viewModelScope
import com.agenthuman.AgentHumanException
import com.agenthuman.Conversation
import com.agenthuman.ConversationMessage
import com.agenthuman.ConversationSource
import com.agenthuman.ConversationState
import com.agenthuman.ConversationState.Connection
import com.agenthuman.SessionStatus
import com.example.chat.ui.Notice
import com.example.chat.ui.stopped
import com.example.chat.ui.waiting
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.emptyFlow
import kotlinx.coroutines.launch

/** The chat screen at one moment. */
data class ChatState(
    val agent: String? = null,
    val messages: List<ConversationMessage> = emptyList(),
    val isAgentTyping: Boolean = false,
    val isLoading: Boolean = true,
    /** Whether there is a conversation to send messages in, also if the network is down. */
    val canSend: Boolean = false,
    /** Whether the conversation has ended, so that its messages can only be read. */
    val isOver: Boolean = false,
    val notice: Notice? = null,
)

/**
 * The view model of one conversation.
 *
 * @param source opens the conversation.
 * @param networkChanges emits when the device has another network.
 */
class ChatViewModel(private val source: ConversationSource, networkChanges: Flow<Unit> = emptyFlow()) : ViewModel() {
    private val published = MutableStateFlow(ChatState())
    private var conversation: Conversation? = null
    private var watching: Job? = null
    private var isOnScreen = false

    val state: StateFlow<ChatState> = published.asStateFlow()

    init {
        viewModelScope.launch { networkChanges.collect { if (isOnScreen) reconnect() } }
    }

    /** The screen is visible: opens the conversation, or catches up on what is new. */
    fun start() {
        isOnScreen = true
        reconnect()
    }

    /** The screen is not visible any more. Messages on their way are sent. */
    fun stop() {
        isOnScreen = false
        conversation?.pause()
    }

    /** Tries again after an error, without the pause that the conversation makes by itself. */
    fun reconnect() {
        val open = conversation
        when {
            open != null -> open.resume()
            watching?.isActive != true -> watching = viewModelScope.launch { watch() }
        }
    }

    /** Sends a message: 1 to [MAX_LENGTH] characters. */
    fun send(text: String) {
        conversation?.send(text)
    }

    fun retry(id: String) {
        conversation?.retry(id)
    }

    fun discard(id: String) {
        conversation?.discard(id)
    }

    private suspend fun watch() {
        published.value = ChatState()
        try {
            source.open().use { opened ->
                conversation = opened
                if (!isOnScreen) opened.pause()
                opened.state.collect { published.value = opened.shown(it) }
            }
        } catch (error: AgentHumanException) {
            published.value = ChatState(isLoading = false, notice = stopped(error))
        } finally {
            conversation = null
        }
    }

    companion object {
        const val MAX_LENGTH = 32_000
    }
}

private fun Conversation.shown(state: ConversationState) =
    ChatState(
        agent = session.info.agentName,
        messages = state.messages,
        isAgentTyping = state.isAwaitingReply,
        isLoading = state.connection == Connection.Connecting && state.messages.isEmpty(),
        canSend = session.info.status != SessionStatus.Completed,
        isOver = session.info.status == SessionStatus.Completed,
        notice =
            when (state.connection) {
                Connection.Waiting -> waiting(state.error)
                Connection.Stopped -> state.error?.let(::stopped)
                else -> null
            },
    )
