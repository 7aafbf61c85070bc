// A conversation that a screen watches.

package com.agenthuman

import com.agenthuman.internal.PhoneCall
import com.agenthuman.internal.PhoneConversation
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancel
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.launch
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonObject

/** What a conversation does with its calls. */
internal interface Calls {
    /** Runs the call that sends a message. */
    suspend fun send(id: String, content: String, call: PhoneCall)

    /** Runs a call that reads what is new. */
    suspend fun follow(call: PhoneCall)
}

/** The calls of a backend, whose outcomes the native conversation learns. */
internal class BackendCalls(private val core: Core) : Calls {
    override suspend fun send(id: String, content: String, call: PhoneCall) = follow(call)

    override suspend fun follow(call: PhoneCall) {
        try {
            core.finish(call)
        } catch (_: AgentHumanException) {
            // It is part of the state.
        }
    }
}

/**
 * The messages of a session as a screen shows them: the history, new messages, and the user's own from the moment of
 * sending, each with its state. It is created by [Session.conversation].
 *
 * ```
 * class ChatViewModel(session: Session) : ViewModel() {
 *     private val conversation = session.conversation()
 *     val state = conversation.state
 *     fun send(text: String) = conversation.send(text)
 *     override fun onCleared() = conversation.close()
 * }
 * ```
 *
 * It follows the session once, however many collectors [state] has, and shows each message once. An app calls [pause]
 * in the background and [resume] on return. All functions return at once, on any thread.
 */
public class Conversation
internal constructor(private val native: PhoneConversation, public val session: Session, private val calls: Calls) :
    AutoCloseable {
    private val published = MutableStateFlow(ConversationState())
    private var version = 0UL
    private var follower: Job? = null
    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.Default)

    /** The messages and the state of the connection. */
    public val state: StateFlow<ConversationState> = published.asStateFlow()

    init {
        publish()
        scope.launch { watch() }
        follow()
    }

    /**
     * Sends a message. It is in [state] at once, and its delivery shows what becomes of it.
     *
     * @param content the message: 1 to 32,000 characters. Messages are sent one after the other.
     * @return the id of the message in the conversation.
     * @throws InvalidArgumentException if the message is empty or too long.
     */
    public fun send(content: String): String {
        val sending = orThrow { native.send(content) }
        run(sending.id, sending.call)
        return sending.id
    }

    /**
     * Sends a message again that failed. It has the same id, so that a backend that has it already does not send it
     * twice. Nothing happens if the message is on its way or was sent.
     *
     * @param id the [ConversationMessage.id].
     */
    public fun retry(id: String) {
        native.retry(id)?.let { run(id, it) }
    }

    /** Removes a message that could not be sent. */
    public fun discard(id: String) {
        native.discard(id)
        publish()
    }

    /** Stops looking for new messages, for an app in the background. Messages on their way are sent. */
    @Synchronized
    public fun pause() {
        native.pause()
        follower?.cancel()
        publish()
    }

    /**
     * Looks for new messages again: when the app is back, when there is a network, or when the user has signed in
     * again.
     */
    public fun resume() {
        native.resume()
        publish()
        follow()
    }

    /**
     * Ends the conversation on this phone. Messages on their way are sent. The session goes on; [Session.end] ends it.
     */
    override fun close() {
        native.shut()
        publish()
        scope.cancel()
    }

    override fun toString(): String = "Conversation(${session.id}, ${state.value.connection})"

    /**
     * Runs the call that sends a message. Its outcome is that of the message, and a conversation that is closed leaves
     * it alone.
     */
    private fun run(id: String, call: PhoneCall) {
        publish()
        val content = state.value.messages.first { it.id == id }.content
        CoroutineScope(Dispatchers.Default).launch {
            calls.send(id, content, call)
            publish()
        }
    }

    @Synchronized
    private fun follow() {
        val before = follower
        follower =
            scope.launch {
                before?.cancelAndJoin()
                while (true) {
                    calls.follow(native.next() ?: break)
                    publish()
                }
            }
    }

    private suspend fun watch() {
        while (state.value.connection != ConversationState.Connection.Closed) {
            native.changed(version)
            publish()
        }
    }

    @Synchronized
    private fun publish() {
        val update = Json.parseToJsonElement(native.update(version)).jsonObject
        val newest = update.required("version", JsonObject::whole).toULong()
        if (newest == version) return
        version = newest
        published.value = published.value.after(update)
    }
}
