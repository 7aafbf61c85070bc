// Models from the core's JSON.

package com.agenthuman

import java.time.Instant
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonObject
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows

internal class ModelsTest {
    private fun row(text: String): JsonObject = Json.parseToJsonElement(text).jsonObject

    @Test
    fun `fields have their types`() {
        val session =
            readSessionInfo(
                row("""{"id":"7","duration":9007199254740993,"started_at":"2025-03-01T10:20:30.5Z","ended_at":null}""")
            )
        assertEquals("7", session.id)
        assertEquals(9007199254740993, session.duration)
        assertEquals(Instant.parse("2025-03-01T10:20:30.5Z"), session.startedAt)
        assertNull(session.endedAt)
        assertNull(session.agentName)
        assertEquals(true, readAvatar(row("""{"id":"1","is_public":true}""")).isPublic)
    }

    @Test
    fun `instants are parsed in the form of the core`() {
        for (text in listOf("2025-03-01T10:20:30Z", "2025-03-01T12:20:30+02:00", "2025-03-01T10:20:30.000000000Z")) {
            val message = readMessage(row("""{"id":"1","created_at":"$text"}"""))
            assertEquals(Instant.parse("2025-03-01T10:20:30Z"), message.createdAt, text)
        }
        val last = readMessage(row("""{"id":"1","created_at":"9999-12-31T23:59:59Z"}""")).createdAt
        assertEquals(Instant.parse("9999-12-31T23:59:59Z"), last)
        assertNull(readMessage(row("""{"id":"1","created_at":"yesterday"}""")).createdAt)
    }

    @Test
    fun `unknown fields are in extra`() {
        val message = readMessage(row("""{"id":"1","extra":{"tone":"warm","role":5}}"""))
        assertEquals(row("""{"tone":"warm","role":5}"""), message.extra)
        assertNull(message.role)
        assertEquals(JsonObject(emptyMap()), readMessage(row("""{"id":"1"}""")).extra)
    }

    @Test
    fun `nested models`() {
        val exchange = readMessageExchange(row("""{"message":{"id":"1","content":"hi"},"reply":null}"""))
        assertEquals(MessageExchange(Message("1", content = "hi")), exchange)
        assertThrows<InternalException> { readMessageExchange(row("""{"reply":{"id":"2"}}""")) }
    }
}
