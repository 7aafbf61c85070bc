// A session across restarts of an app, and conversations without a backend.

package com.agenthuman

import com.agenthuman.ConversationMessage.Delivery
import com.agenthuman.support.client
import com.agenthuman.support.relay
import com.agenthuman.testing.FakeConversations
import java.io.File
import java.nio.file.Path
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import org.junit.jupiter.api.assertThrows
import org.junit.jupiter.api.io.TempDir

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
internal class StoredSessionTest {
    private val relay = relay()

    @TempDir lateinit var folder: Path

    @AfterAll fun stop() = relay.close()

    private fun key(): SecretKey = KeyGenerator.getInstance("AES").apply { init(256) }.generateKey()

    @Test
    fun `a conversation goes on after the app was killed`() =
        runBlocking<Unit> {
            val key = key()
            val file = folder.resolve("session").toFile()
            // The app is killed: nothing is closed, and only the file is left.
            val before = StoredSession(client(relay.url), EncryptedFileSessionStore(file, key)).open()
            before.send("before")
            before.until { it.messages.size == 2 && !it.isAwaitingReply }

            client(relay.url).use { client ->
                val sessions = StoredSession(client, EncryptedFileSessionStore(file, key))
                val after = sessions.open()
                assertEquals(before.session.id, after.session.id)
                after.until { it.messages.size == 2 }
                after.send("after")
                after.until { it.messages.size == 4 && !it.isAwaitingReply }
                val said = after.session.messages().toList().filter { it.role == MessageRole.User }.map { it.content }
                assertEquals(listOf("before", "after"), said)
                assertEquals(said, after.state.value.messages.filter { it.role == MessageRole.User }.map { it.content })

                sessions.end()
                assertFalse(file.exists())
                assertNotEquals(before.session.id, sessions.open().session.id)
            }
        }

    @Test
    fun `a stored session that is over is replaced, and one that cannot be reached is kept`() =
        runBlocking<Unit> {
            val store = MemorySessionStore()
            client(relay.url).use { client ->
                val first = StoredSession(client, store).open().session
                val stored = store.load()
                client("http://127.0.0.1:9", maxRetries = 0).use { elsewhere ->
                    // It is of another backend, so that it is over there.
                    assertThrows<ApiConnectionException> { StoredSession(elsewhere, store).open() }
                    assertNull(store.load())
                }
                store.save(stored!!)
                client(relay.url) { error("signed out") }
                    .use { assertThrows<TokenUnavailableException> { StoredSession(it, store).open() } }
                assertEquals(stored, store.load())
                first.end()
                assertNotEquals(first.id, StoredSession(client, store).open().session.id)
                assertNotEquals(stored, store.load())
            }
        }

    @Test
    fun `a file is encrypted, and one of another key counts as none`() =
        runBlocking<Unit> {
            val file = folder.resolve("encrypted").toFile()
            val store = EncryptedFileSessionStore(file, key())
            assertNull(store.load())
            val session = RestorableSession("a made-up session".toByteArray())
            store.save(session)
            store.save(session)
            assertEquals(session, store.load())
            assertFalse("made-up" in file.readText(Charsets.ISO_8859_1))
            assertEquals(
                listOf("encrypted"),
                folder.toFile().list { _, name -> name.startsWith("encrypted") }!!.toList(),
            )
            assertNull(EncryptedFileSessionStore(file, key()).load())
            for (broken in listOf(byteArrayOf(), byteArrayOf(12), byteArrayOf(-1, 2), ByteArray(40))) {
                file.writeBytes(broken)
                assertNull(store.load())
            }
            store.remove()
            assertFalse(file.exists())
            store.remove()
            assertThrows<java.io.IOException> {
                EncryptedFileSessionStore(File(folder.toFile(), "no/such/folder"), key()).save(session)
            }
        }

    @Test
    fun `a conversation without a backend has the same rules`() =
        runBlocking<Unit> {
            var isOffline = false
            val fake =
                FakeConversations(listOf(MessageRole.Assistant to "Welcome!")) {
                    if (isOffline)
                        throw ApiConnectionException(ErrorFields("connection", "no network", retryable = true))
                    "You said $it"
                }
            fake.open().use { conversation ->
                conversation.until { it.texts() == listOf("Welcome!") }
                conversation.send("one")
                conversation.send("two")
                val all = listOf("Welcome!", "one", "You said one", "two", "You said two")
                conversation.until { it.texts() == all && !it.isAwaitingReply }
                isOffline = true
                val three = conversation.send("three")
                assertTrue(
                    conversation.until { it.messages.last().delivery == Delivery.Failed }.messages.last().canRetry
                )
                isOffline = false
                conversation.retry(three)
                conversation.until { it.texts().last() == "You said three" }
                conversation.pause()
                conversation.resume()
                conversation.until { it.connection == ConversationState.Connection.Connected }
                assertEquals(7, conversation.state.value.messages.size)
            }
        }

    private fun ConversationState.texts() = messages.map { it.content }

    private suspend fun Conversation.until(what: (ConversationState) -> Boolean): ConversationState =
        withTimeout(30.seconds) { state.first(what) }
}
