// The user's conversations.

package com.example.chat.sessions

import com.agenthuman.AgentHumanClient
import com.agenthuman.AgentHumanException
import com.agenthuman.ConversationSource
import com.agenthuman.EncryptedFileSessionStore
import com.agenthuman.SessionStore
import com.agenthuman.StoredSession
import com.example.chat.ui.isOver
import java.io.File
import java.util.UUID
import javax.crypto.SecretKey
import kotlin.time.Instant
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.withContext

/** A conversation in the list. */
data class Chat(val id: String, val agent: String?, val startedAt: Instant)

/** What the list of conversations needs. */
interface Chats {
    /** Returns the conversations that go on, the newest first. All failures are [AgentHumanException]s. */
    suspend fun list(): List<Chat>

    /** Returns the id of a conversation that starts when it is opened. */
    fun start(): String

    /** Opens a conversation: what was stored is resumed, also after the process was killed. */
    fun source(id: String): ConversationSource

    suspend fun end(id: String)

    /** Forgets the conversations on this device, when the user signs out. */
    suspend fun forget()
}

/**
 * The conversations that were started on this device, each in a file of its own.
 *
 * @param folder the folder for them. It should not be part of backups.
 * @param key returns an AES key. It is called on another thread than the main one.
 */
class StoredChats(private val client: AgentHumanClient, private val folder: File, private val key: () -> SecretKey) :
    Chats {
    override suspend fun list(): List<Chat> = coroutineScope {
        val ids = withContext(Dispatchers.IO) { folder.list().orEmpty() }
        val chats = ids.map { id -> async { chat(id) } }.awaitAll()
        chats.filterNotNull().sortedByDescending { it.startedAt }
    }

    override fun start(): String = UUID.randomUUID().toString()

    override fun source(id: String) = ConversationSource { session(id).open() }

    override suspend fun end(id: String) = session(id).end()

    override suspend fun forget() {
        withContext(Dispatchers.IO) { folder.listFiles()?.forEach { it.delete() } }
    }

    private suspend fun session(id: String) = StoredSession(client, store(id))

    private suspend fun store(id: String): SessionStore =
        withContext(Dispatchers.IO) {
            folder.mkdirs()
            EncryptedFileSessionStore(File(folder, id), key())
        }

    private suspend fun chat(id: String): Chat? {
        val store = store(id)
        val stored = store.load() ?: return null
        return try {
            val info = client.resume(stored).info
            Chat(id, info.agentName, info.startedAt)
        } catch (error: AgentHumanException) {
            if (!error.isOver()) throw error
            store.remove()
            null
        }
    }
}
