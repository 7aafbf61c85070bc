// A grant that expires during a conversation is renewed, and no message is lost or sent twice.

package com.agenthuman

import com.agenthuman.support.Answer
import com.agenthuman.support.FakeBackend
import com.agenthuman.support.Forwarder
import com.agenthuman.support.client
import com.agenthuman.support.opened
import com.agenthuman.support.refused
import com.agenthuman.support.relay
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.atomic.AtomicInteger
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows

internal class GrantsTest {
    @Test
    fun `short grants are renewed before they expire during a conversation`() =
        runBlocking<Unit> {
            relay("--grant-seconds", "1").use { relay ->
                Forwarder(relay).use { forwarder ->
                    client(forwarder.url).use { client ->
                        val session = client.openSession()
                        val said = mutableListOf<String>()
                        while (forwarder.requests("POST /v1/sessions/${session.id}/grant ") < 2) {
                            said += "message ${said.size}"
                            session.send(said.last())
                        }
                        val heard =
                            session.messages().toList().filter { it.role == MessageRole.User }.map { it.content }
                        assertEquals(said, heard)
                    }
                }
            }
        }

    @Test
    fun `many calls with an expired grant share one renewal, and each is executed once`() =
        runBlocking<Unit> {
            val renewals = AtomicInteger()
            val said = ConcurrentLinkedQueue<String>()
            fun heard(body: String): Answer {
                said.add(Json.parseToJsonElement(body).jsonObject.getValue("content").jsonPrimitive.content)
                val message =
                    """{"id":"${said.size}","session_id":"1","role":"user","content":"hi","created_at":"2025-03-01T10:20:30Z"}"""
                return Answer(201, """{"success":true,"message":$message,"reply":null}""")
            }
            val backend = FakeBackend { request ->
                val isGood = request.headers["x-agenthuman-grant"] == "second"
                when (request.line) {
                    "POST /v1/sessions" -> opened("1", "first")
                    "POST /v1/sessions/1/grant" ->
                        opened("1", "second", status = 200).also { renewals.incrementAndGet() }
                    "POST /v1/sessions/1/messages" -> if (isGood) heard(request.body) else refused(401, "grant_expired")
                    else -> refused(404, "not_found")
                }
            }
            backend.use {
                client(backend.url).use { client ->
                    val session = client.openSession()
                    coroutineScope { List(20) { async { session.send("message $it") } }.awaitAll() }
                    assertEquals(1, renewals.get())
                    assertEquals(List(20) { "message $it" }.sorted(), said.sorted())
                }
            }
        }

    @Test
    fun `if the backend does not renew the grant, calls throw`() =
        runBlocking<Unit> {
            val backend = FakeBackend { request ->
                if (request.line == "POST /v1/sessions") opened("1", "g") else refused(401, "grant_expired")
            }
            backend.use {
                client(backend.url).use { client ->
                    val session = client.openSession()
                    assertThrows<GrantExpiredException> { session.send("hello") }
                    assertThrows<GrantExpiredException> { session.renew() }
                }
            }
        }
}
