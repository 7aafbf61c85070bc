// A conversation through a relay.

package com.agenthuman

import com.agenthuman.support.Forwarder
import com.agenthuman.support.client
import com.agenthuman.support.relay
import kotlin.time.Duration.Companion.milliseconds
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.filter
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import org.junit.jupiter.api.assertThrows

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
internal class ConversationTest {
    private val relay = relay()

    @AfterAll fun stop() = relay.close()

    @Test
    fun `a session is opened, used, refreshed and ended`() =
        runBlocking<Unit> {
            client(relay.url).use { client ->
                val agent = client.agents().first()
                val metadata = buildJsonObject { put("screen", JsonPrimitive("help")) }
                val session = client.openSession(agent.id, sessionType = SessionType.AgentChat, metadata = metadata)
                assertEquals(agent.id, session.info.agentId)
                assertEquals(SessionType.AgentChat, session.info.sessionType)
                assertEquals(SessionStatus.Active, session.info.status)
                assertNotNull(session.info.startedAt)
                assertNull(session.info.endedAt)

                val (message, reply) = session.send("Hello! 🙂 \"quoted\"\n")
                assertEquals("Hello! 🙂 \"quoted\"\n", message.content)
                assertEquals(listOf(MessageRole.User, MessageRole.Assistant), listOf(message.role, reply?.role))
                assertEquals(session.id, message.sessionId)
                assertEquals(listOf(message, reply), session.messages().toList())

                assertEquals(SessionStatus.Active, session.refresh().status)
                session.renew()
                val ended = session.end()
                assertEquals(SessionStatus.Completed, ended.status)
                assertEquals(ended, session.info)
                assertNotNull(ended.endedAt)
                assertEquals(SessionStatus.Completed, session.end().status)
                assertThrows<ConflictException> { session.send("Still there?") }
            }
        }

    @Test
    fun `a room is opened and ended, and its token is not printed`() =
        runBlocking<Unit> {
            client(relay.url).use { client ->
                val session = client.openRoom(metadata = buildJsonObject { put("lesson", JsonPrimitive(4)) })
                assertEquals(RoomPlatform.Proxy, session.platform)
                assertTrue(session.url.startsWith("ws"), session.url)
                assertEquals(3, session.token.split(".").size)
                assertEquals(RoomStatus.Started, session.refresh().status)
                assertEquals(session.id, session.renew().id)
                assertFalse("$session ${session.info}".contains(session.token))
                val opened = OpenedRoom(session.info, session.platform, session.url, session.token)
                assertFalse("$opened".contains(session.token))
                val ended = session.end()
                assertEquals(RoomStatus.Ended, ended.status)
                assertEquals(ended, session.info)
                assertThrows<ConflictException> { session.renew() }
            }
        }

    @Test
    fun `a stored session is resumed by another client, with its messages`() =
        runBlocking<Unit> {
            val stored =
                client(relay.url).use { client ->
                    val session = client.openSession()
                    session.send("before the restart")
                    session.restorable.toByteArray()
                }
            client(relay.url).use { client ->
                val session = client.resume(RestorableSession(stored))
                session.send("after the restart")
                val said = session.messages().toList().filter { it.role == MessageRole.User }.map { it.content }
                assertEquals(listOf("before the restart", "after the restart"), said)
                assertEquals(RestorableSession(stored).toString(), session.restorable.toString())
                session.end()
                assertThrows<ConflictException> { client.resume(RestorableSession(stored)) }
            }
            client(relay.url) { "demo-bob" }
                .use { client ->
                    assertThrows<PermissionDeniedException> { client.resume(RestorableSession(stored)) }
                    assertThrows<InvalidArgumentException> { client.resume(RestorableSession(byteArrayOf(1))) }
                }
        }

    @Test
    fun `the lists are those of the backend`() =
        runBlocking<Unit> {
            client(relay.url).use { client ->
                assertTrue(client.avatars().all { it.id.isNotEmpty() && it.url.isNotEmpty() })
                assertTrue(client.voices().all { it.name.isNotEmpty() })
                assertTrue(client.agents().isNotEmpty())
            }
        }

    @Test
    fun `messages are fetched in order, page by page, and only as needed`() =
        runBlocking<Unit> {
            Forwarder(relay).use { forwarder ->
                client(forwarder.url).use { client ->
                    val session = client.openSession()
                    val said = List(5) { "message $it" }
                    said.forEach { session.send(it) }
                    val pages = { forwarder.requests("GET /v1/sessions/${session.id}/messages") }

                    val messages = session.messages(limit = 3)
                    assertEquals(0, pages())
                    val all = messages.toList()
                    assertEquals(4, pages())
                    assertEquals(10, all.size)
                    assertEquals(said, all.filter { it.role == MessageRole.User }.map { it.content })
                    assertEquals(all, messages.toList())
                    assertEquals(8, pages())

                    assertEquals(all.take(4), messages.take(4).toList())
                    assertEquals(10, pages())
                    assertEquals(all.drop(6), session.messages(after = all[5].id).toList())
                }
            }
        }

    @Test
    fun `following returns existing messages and then new ones`() =
        runBlocking<Unit> {
            client(relay.url).use { client ->
                val session = client.openSession()
                session.send("one")
                val heard = Channel<String?>(Channel.UNLIMITED)
                val follower = launch {
                    session
                        .messages(following = true, every = 5.milliseconds)
                        .filter { it.role == MessageRole.User }
                        .map { it.content }
                        .collect { heard.send(it) }
                }
                assertEquals("one", heard.receive())
                for (content in listOf("two", "three")) {
                    session.send(content)
                    assertEquals(content, heard.receive())
                }
                assertTrue(follower.isActive)
                follower.cancel()
                follower.join()
                assertTrue(heard.tryReceive().isFailure)
            }
        }
}
