// Models from the core's JSON.

package com.agenthuman

import kotlin.time.Instant
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonObject
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows

internal class ModelsTest {
    private fun row(text: String): JsonObject = Json.parseToJsonElement(text).jsonObject

    /** A message with every required field; [others] follow. */
    private fun message(others: String = "", createdAt: String = "2025-03-01T10:20:30Z"): JsonObject =
        row("""{"id":"1","session_id":"7","role":"user","content":"hi","created_at":"$createdAt"$others}""")

    @Test
    fun `fields have their types`() {
        val session =
            readSessionInfo(
                row(
                    """{"id":"7","agent_id":"3","session_type":"voice","status":"active","duration":9007199254740993,
                    "started_at":"2025-03-01T10:20:30.5Z","ended_at":null}"""
                )
            )
        assertEquals("7", session.id)
        assertEquals(9007199254740993, session.duration)
        assertEquals(Instant.parse("2025-03-01T10:20:30.5Z"), session.startedAt)
        assertNull(session.endedAt)
        assertNull(session.agentName)
        val voice = readVoice(row("""{"id":"1","name":"Vera","is_public":true}"""))
        assertEquals(true, voice.isPublic)
    }

    @Test
    fun `instants are parsed in the form of the core`() {
        for (text in listOf("2025-03-01T10:20:30Z", "2025-03-01T12:20:30+02:00", "2025-03-01T10:20:30.000000000Z")) {
            val message = readMessage(message(createdAt = text))
            assertEquals(Instant.parse("2025-03-01T10:20:30Z"), message.createdAt, text)
        }
        val last = readMessage(message(createdAt = "9999-12-31T23:59:59Z")).createdAt
        assertEquals(Instant.parse("9999-12-31T23:59:59Z"), last)
    }

    @Test
    fun `unknown fields are in extra`() {
        val message = readMessage(message(""","extra":{"tone":"warm","size":5}"""))
        assertEquals(row("""{"tone":"warm","size":5}"""), message.extra)
        assertEquals(JsonObject(emptyMap()), readMessage(message()).extra)
    }

    @Test
    fun `a text of a later service is kept`() {
        val session =
            readSessionInfo(
                row(
                    """{"id":"7","agent_id":"3","session_type":"hologram","status":"paused",
                    "started_at":"2025-03-01T10:20:30Z"}"""
                )
            )
        assertEquals(SessionStatus("paused"), session.status)
        assertEquals("hologram", "${session.sessionType}")
        val role =
            when (readMessage(message()).role) {
                MessageRole.User -> "the user"
                MessageRole.Assistant -> "the agent"
                else -> "another"
            }
        assertEquals("the user", role)
    }

    @Test
    fun `nested models`() {
        val exchange = readMessageExchange(row("""{"message":${message()},"reply":null}"""))
        assertEquals(MessageExchange(readMessage(message())), exchange)
        assertThrows<InternalException> { readMessageExchange(row("""{"reply":${message()}}""")) }
    }
}
