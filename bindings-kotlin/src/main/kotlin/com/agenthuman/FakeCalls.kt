// The calls of a conversation without a backend.

package com.agenthuman

import com.agenthuman.internal.PhoneCall
import com.agenthuman.internal.PhoneConversation
import java.util.concurrent.atomic.AtomicInteger
import kotlin.time.Clock
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonObject

/** Starts a conversation whose messages and replies are the caller's. */
internal suspend fun AgentHumanClient.fakeConversation(
    messages: List<Pair<MessageRole, String>>,
    reply: suspend (content: String) -> String?,
): Conversation {
    core.load()
    val info =
        SessionInfo(
            "fake",
            "fake",
            sessionType = SessionType.AgentChat,
            status = SessionStatus.Active,
            startedAt = Clock.System.now(),
        )
    val native = core.conversation(info.id, every = null)
    return Conversation(native, Session(core, info), FakeCalls(native, messages, reply))
}

private class FakeCalls(
    private val native: PhoneConversation,
    messages: List<Pair<MessageRole, String>>,
    private val reply: suspend (String) -> String?,
) : Calls {
    private val ids = AtomicInteger()
    private val history = JsonArray(messages.map { (role, content) -> message(role, content) })
    private val turn = Mutex()

    override suspend fun send(id: String, content: String, call: PhoneCall) {
        // It is not run, and closing it leaves a message alone that has its outcome.
        call.use { turn.withLock { answer(id, content) } }
    }

    override suspend fun follow(call: PhoneCall) {
        call.use {
            native.received(history.toString())
            awaitCancellation()
        }
    }

    private suspend fun answer(id: String, content: String) {
        try {
            val message = message(MessageRole.User, content)
            val reply = reply(content)?.let { message(MessageRole.Assistant, it) }
            native.answered(id, parameters("message" to message, "reply" to reply).toString())
        } catch (error: AgentHumanException) {
            native.failed(id, error.code, error.message, error.retryable, error.outcomeUnknown)
        }
    }

    private fun message(role: MessageRole, content: String): JsonObject =
        parameters(
            "id" to "fake-${ids.incrementAndGet()}",
            "session_id" to "fake",
            "role" to role.value,
            "content" to content,
            "created_at" to Clock.System.now().toString(),
        )
}
