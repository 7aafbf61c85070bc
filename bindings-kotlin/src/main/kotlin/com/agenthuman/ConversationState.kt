// What a screen shows of a conversation.

package com.agenthuman

import kotlin.time.Instant
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject

/** The state of a [Conversation] at one moment. */
public class ConversationState(
    /** The messages, in the order of the backend, with those that are on their way. */
    public val messages: List<ConversationMessage> = emptyList(),
    /** Whether a message is on its way or being answered: an app shows that the agent is typing. */
    public val isAwaitingReply: Boolean = false,
    /** Whether the messages are up to date. */
    public val connection: Connection = Connection.Connecting,
    /** The error after which the messages may not be up to date, if there is one. */
    public val error: AgentHumanException? = null,
) {
    /** Whether the messages of a conversation are up to date. */
    public enum class Connection {
        /** The messages are being loaded. */
        Connecting,
        /** The messages are up to date. */
        Connected,
        /** The backend was not reached. The conversation tries again by itself, after at most 30 seconds. */
        Waiting,
        /** An error ended it, such as the end of the user's sign-in. [Conversation.resume] tries again. */
        Stopped,
        /** [Conversation.pause] was called. */
        Paused,
        /** [Conversation.close] was called. */
        Closed,
    }
}

/** A message of a [Conversation]. */
public data class ConversationMessage(
    /** The id in the conversation. It stays the same when the message is sent, so it is a key for lists. */
    val id: String,
    /** The message. Before it is sent, its id and its time are those of the phone. */
    val message: Message,
    /** What is known of its way to the backend. */
    val delivery: Delivery = Delivery.Sent,
    /** The error, if it could not be sent. */
    val error: AgentHumanException? = null,
    /** Whether [Conversation.retry] may help. */
    val canRetry: Boolean = false,
) {
    /** The text. */
    val content: String
        get() = message.content

    /** The author. */
    val role: MessageRole
        get() = message.role

    /** The time of the message. */
    val createdAt: Instant
        get() = message.createdAt

    /** What is known of a message's way to the backend. */
    public enum class Delivery {
        /** It is on its way. */
        Sending,
        /** The backend has it. */
        Sent,
        /** The backend does not have it. */
        Failed,
        /** The backend may have it: there was no response. If it has it, the message becomes [Sent] by itself. */
        Unknown,
    }
}

/** Returns the state after an update of the core, whose messages before `keep` are the same. */
internal fun ConversationState.after(update: JsonObject): ConversationState {
    val changed = update.getValue("messages").jsonArray.map { readConversationMessage(it.jsonObject) }
    return ConversationState(
        messages = messages.take(update.required("keep", JsonObject::whole).toInt()) + changed,
        isAwaitingReply = update.required("awaiting_reply", JsonObject::flag),
        connection = update.choice("connection"),
        error = update.inner("error")?.let(::exceptionOf),
    )
}

private fun readConversationMessage(row: JsonObject) =
    ConversationMessage(
        id = row.required("id", JsonObject::text),
        message = readMessage(row.required("message", JsonObject::inner)),
        delivery = row.choice("delivery"),
        error = row.inner("error")?.let(::exceptionOf),
        canRetry = row.required("can_retry", JsonObject::flag),
    )

private inline fun <reified T : Enum<T>> JsonObject.choice(name: String): T {
    val text = required(name, JsonObject::text)
    return enumValues<T>().first { it.name.equals(text, ignoreCase = true) }
}
