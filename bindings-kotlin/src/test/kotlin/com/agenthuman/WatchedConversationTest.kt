// A conversation as a screen watches it.

package com.agenthuman

import com.agenthuman.ConversationMessage.Delivery
import com.agenthuman.ConversationState.Connection
import com.agenthuman.support.Answer
import com.agenthuman.support.FakeBackend
import com.agenthuman.support.Forwarder
import com.agenthuman.support.client
import com.agenthuman.support.opened
import com.agenthuman.support.refused
import com.agenthuman.support.relay
import java.util.Collections
import java.util.concurrent.atomic.AtomicInteger
import kotlin.time.Duration.Companion.hours
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.cancelChildren
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonObject
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import org.junit.jupiter.api.assertThrows

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
internal class WatchedConversationTest {
    private val relay = relay()

    @AfterAll fun stop() = relay.close()

    @Test
    fun `a message is shown at once, and then its reply`() =
        runBlocking<Unit> {
            client(relay.url).use { client ->
                client.openSession().conversation().use { conversation ->
                    val id = conversation.send("Hello!")
                    val sending = conversation.state.value
                    assertEquals(listOf(id to Delivery.Sending), sending.messages.map { it.id to it.delivery })
                    assertTrue(sending.isAwaitingReply)

                    val answered = conversation.until { it.messages.size == 2 && !it.isAwaitingReply }
                    assertEquals(
                        listOf("Hello!", MessageRole.Assistant),
                        listOf(answered.messages[0].content, answered.messages[1].role),
                    )
                    assertEquals(id to Delivery.Sent, answered.messages[0].id to answered.messages[0].delivery)
                    assertThrows<InvalidArgumentException> { conversation.send("") }
                }
            }
        }

    @Test
    fun `messages of another device are followed, each is there once, and a pause is caught up on`() =
        runBlocking<Unit> {
            client(relay.url).use { client ->
                val session = client.openSession()
                session.send("before")
                session.conversation(every = 5.milliseconds).use { conversation ->
                    conversation.until { it.users() == listOf("before") }
                    session.send("elsewhere")
                    conversation.until { it.users() == listOf("before", "elsewhere") }
                    conversation.send("here")
                    conversation.until { it.users() == listOf("before", "elsewhere", "here") && it.messages.size == 6 }

                    conversation.pause()
                    assertEquals(Connection.Paused, conversation.state.value.connection)
                    session.send("while away")
                    assertEquals(3, conversation.state.value.users().size)
                    conversation.resume()
                    conversation.until { it.connection == Connection.Connected && it.users().last() == "while away" }
                    val all = conversation.state.value.messages
                    assertEquals(session.messages().toListOfIds(), all.map { it.message.id })
                    conversation.close()
                    assertEquals(Connection.Closed, conversation.state.value.connection)
                }
            }
        }

    @Test
    fun `one follower serves every collector`() =
        runBlocking<Unit> {
            Forwarder(relay).use { forwarder ->
                client(forwarder.url).use { client ->
                    val session = client.openSession()
                    session.conversation(every = 1.hours).use { conversation ->
                        repeat(5) { launch { conversation.state.collect {} } }
                        conversation.until { it.connection == Connection.Connected }
                        coroutineContext.cancelChildren()
                    }
                    // One for the history, and one that waits for new messages.
                    assertTrue(forwarder.requests("GET /v1/sessions/${session.id}/messages") <= 2)
                }
            }
        }

    @Test
    fun `a message that failed is sent again, and one that may have arrived is not sent twice`() =
        runBlocking<Unit> {
            val posts = AtomicInteger()
            val bodies = Collections.synchronizedList(mutableListOf<JsonObject>())
            val backend = FakeBackend { request ->
                when (request.line) {
                    "POST /v1/sessions" -> opened("1", "grant-grant-grant")
                    "POST /v1/sessions/1/messages" -> {
                        val body = Json.parseToJsonElement(request.body).jsonObject
                        bodies += body
                        when (posts.incrementAndGet()) {
                            1 -> refused(503, "service_unavailable")
                            3 -> Answer(504, LATE)
                            else -> Answer(201, exchange(posts.toString(), body.text("content")!!))
                        }
                    }
                    else -> Answer(200, """{"success":true,"messages":[]}""")
                }
            }
            backend.use {
                client(backend.url, maxRetries = 0).use { client ->
                    client.openSession().conversation(every = 1.hours).use { conversation ->
                        conversation.until { it.connection == Connection.Connected }
                        val one = conversation.send("one")
                        val failed = conversation.until { it.messages[0].delivery == Delivery.Failed }.messages[0]
                        assertTrue(failed.canRetry)
                        assertEquals("service_unavailable", failed.error?.code)
                        conversation.retry(one)
                        conversation.until { it.messages[0].delivery == Delivery.Sent }

                        val two = conversation.send("two")
                        conversation.until { it.messages[1].delivery == Delivery.Unknown }
                        conversation.retry(two)
                        conversation.until { it.messages[1].delivery == Delivery.Sent }
                        assertEquals(listOf(one, one, two, two), bodies.map { it.text("id") })
                        assertEquals(listOf(one, two), conversation.state.value.messages.map { it.id })
                        conversation.retry(two)
                        assertEquals(4, posts.get())
                    }
                }
            }
        }

    @Test
    fun `a message that was not sent is discarded`() =
        runBlocking<Unit> {
            client(relay.url).use { client ->
                val session = client.openSession()
                session.end()
                session.conversation().use { conversation ->
                    val id = conversation.send("Still there?")
                    val failed =
                        conversation.until { it.messages.firstOrNull()?.delivery == Delivery.Failed }.messages[0]
                    assertFalse(failed.canRetry)
                    assertTrue(failed.error is ConflictException)
                    conversation.discard(id)
                    assertEquals(0, conversation.state.value.messages.size)
                }
            }
        }

    @Test
    fun `an error that stays stops it, and resume tries again`() =
        runBlocking<Unit> {
            var user = "demo-alice"
            client(relay.url) { user }
                .use { client ->
                    client.openSession().conversation(every = 5.milliseconds).use { conversation ->
                        conversation.until { it.connection == Connection.Connected }
                        user = "nobody"
                        val stopped = conversation.until { it.connection == Connection.Stopped }
                        assertEquals("invalid_token", stopped.error?.code)
                        user = "demo-alice"
                        conversation.resume()
                        conversation.until { it.connection == Connection.Connected && it.error == null }
                    }
                }
        }

    private suspend fun Conversation.until(what: (ConversationState) -> Boolean): ConversationState =
        withTimeout(30.seconds) { state.first(what) }

    private fun ConversationState.users() = messages.filter { it.role == MessageRole.User }.map { it.content }

    private suspend fun kotlinx.coroutines.flow.Flow<Message>.toListOfIds() =
        mutableListOf<String>().also { ids -> collect { ids += it.id } }

    private fun exchange(id: String, content: String) =
        """{"success":true,"message":{"id":"$id","session_id":"1","role":"user","content":"$content",""" +
            """"created_at":"2025-03-01T10:20:30Z"},"reply":null}"""
}

private const val LATE = """{"success":false,"error":{"code":"timeout","message":"late","outcome_unknown":true}}"""
