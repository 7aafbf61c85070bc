// The user's chats.

package com.example.chat.sessions

import com.agenthuman.AgentHumanClient
import com.agenthuman.AgentHumanException
import com.agenthuman.ConversationSource
import com.agenthuman.SessionInfo
import com.agenthuman.SessionStatus
import com.agenthuman.SessionStore
import com.agenthuman.StoredSession
import kotlin.time.Instant

/** A chat in the list. */
data class Chat(val id: String, val agent: String?, val startedAt: Instant, val isOver: Boolean = false)

/** What the screens need to know of chats. All failures are [AgentHumanException]s. */
interface Chats {
    /** Returns the user's chats of any device, the newest first. */
    suspend fun list(): List<Chat>

    /** Opens a chat of the list. The messages of one that is over can be read. */
    fun existing(id: String): ConversationSource

    /** Opens the chat that was started on this device, also after the process was killed, or starts one. */
    fun started(): ConversationSource

    /** Forgets which chat was started on this device, so that [started] starts another one. */
    suspend fun forget()

    suspend fun end(id: String)
}

/**
 * The chats at the backend.
 *
 * @param store where the chat is kept that was started on this device.
 */
class BackendChats(private val client: AgentHumanClient, private val store: SessionStore) : Chats {
    override suspend fun list(): List<Chat> = client.sessions().map(SessionInfo::listed)

    override fun existing(id: String) = ConversationSource { client.resumeSession(id).conversation() }

    override fun started(): ConversationSource = StoredSession(client, store)

    override suspend fun forget() = store.remove()

    override suspend fun end(id: String) {
        client.resumeSession(id).end()
    }
}

private fun SessionInfo.listed() = Chat(id, agentName, startedAt, isOver = status == SessionStatus.Completed)
