// The conversation of an app across restarts.

package com.agenthuman

import com.agenthuman.internal.isOver
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.serialization.json.JsonObject

/**
 * Opens the conversation of a screen. A view model depends on this, so that its tests can use
 * [com.agenthuman.testing.FakeConversations].
 */
public fun interface ConversationSource {
    /** Opens the conversation. All failures are [AgentHumanException]s. */
    public suspend fun open(): Conversation
}

/**
 * The session of an app's user across restarts: the stored one as long as it goes on, then a new one.
 *
 * ```
 * val sessions = StoredSession(client, EncryptedFileSessionStore(file, key))
 * val conversation = sessions.open()
 * ```
 *
 * @param client the client.
 * @param store where the session is kept.
 * @param agentId the requested agent of a new session.
 * @param sessionType the requested type of a new session.
 * @param metadata data for the backend's policy on a new session.
 */
public class StoredSession(
    private val client: AgentHumanClient,
    private val store: SessionStore,
    private val agentId: String? = null,
    private val sessionType: SessionType? = SessionType.AgentChat,
    private val metadata: JsonObject? = null,
) : ConversationSource {
    private val mutex = Mutex()
    private var session: Session? = null

    /**
     * Resumes the stored session, or opens a session and stores it if there is none, if it has ended, or if it is
     * another user's. After other errors, such as a network that is down, the stored session is kept.
     */
    override suspend fun open(): Conversation =
        mutex.withLock { (session ?: resumed() ?: opened()).also { session = it }.conversation() }

    /** Ends the session and forgets it. The next [open] opens a new one. */
    public suspend fun end(): Unit =
        mutex.withLock {
            (session ?: resumed())?.end()
            session = null
            store.remove()
        }

    private suspend fun resumed(): Session? {
        val stored = store.load() ?: return null
        try {
            return client.resume(stored)
        } catch (error: AgentHumanException) {
            if (!isOver(error.code)) throw error
            store.remove()
            return null
        }
    }

    private suspend fun opened(): Session {
        val session = client.openSession(agentId, sessionType, metadata)
        try {
            store.save(session.restorable)
        } catch (error: Exception) {
            session.end()
            throw error
        }
        return session
    }
}
