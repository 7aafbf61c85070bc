// The error vectors on a phone: the service sends the response of a vector to the relay, and the exception has its
// kind.

package com.agenthuman

import com.agenthuman.support.ROOT
import com.agenthuman.support.vectorRelay
import java.io.File
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.TestFactory
import org.junit.jupiter.api.TestInstance
import org.junit.jupiter.api.assertThrows

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
internal class VectorsTest {
    private val relay = vectorRelay()
    private val http = HttpClient.newHttpClient()

    private val vectors =
        File(ROOT, "contract/vectors")
            .listFiles { file -> file.extension == "json" }
            .orEmpty()
            .sorted()
            .flatMap { Json.parseToJsonElement(it.readText()).jsonArray }
            .map { it.jsonObject }
            .filter { it.inner("expect")?.inner("error") != null && it.text("operation") in operations }

    @AfterAll fun stop() = relay.close()

    @TestFactory
    fun `an error vector is of its kind`(): List<DynamicTest> {
        assertTrue(vectors.size >= 40, "there are ${vectors.size} vectors")
        return vectors.map { vector ->
            dynamicTest(vector.required("name", JsonObject::text)) { runBlocking { check(vector) } }
        }
    }

    private suspend fun check(vector: JsonObject) {
        play(vector)
        val expected = vector.required("expect", JsonObject::inner).required("error", JsonObject::inner)
        val code = expected.required("code", JsonObject::text)
        AgentHumanClient(relay.url, maxRetries = 0) { "demo-alice" }
            .use { client ->
                val thrown = assertThrows<AgentHumanException> { call(client, vector) }
                assertEquals(code, thrown.code, thrown.toString())
                assertEquals(exceptionOf(parameters("code" to code)).javaClass, thrown.javaClass)
                expected.number("retry_after")?.let { assertEquals(it, thrown.retryAfter) }
                expected.flag("outcome_unknown")?.let { assertEquals(it, thrown.outcomeUnknown) }
                // The service's text is forwarded only if it is about the phone's own input.
                if (code == "bad_request" && vector.text("operation") == "messages.create") {
                    expected.text("message")?.let { assertEquals(it, thrown.message) }
                    expected.text("suggestion")?.let { assertEquals(it, thrown.suggestion) }
                    expected.value("details")?.let { assertEquals(it, thrown.details) }
                } else {
                    expected.text("message")?.let { assertNotEquals(it, thrown.message) }
                }
            }
    }

    private fun play(vector: JsonObject) {
        val wanted = JsonObject(mapOf("name" to JsonPrimitive(vector.text("name"))))
        val request =
            HttpRequest.newBuilder(URI("${relay.started.text("control")}/play"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(wanted.toString()))
                .build()
        assertEquals(204, http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode())
    }

    private suspend fun call(client: AgentHumanClient, vector: JsonObject) {
        val params = vector.inner("params") ?: NOTHING
        when (vector.text("operation")) {
            "sessions.create" ->
                client.openSession(
                    params.text("agent_id"),
                    params.text("session_type")?.let(::SessionType),
                    params.inner("metadata"),
                )
            "sessions.get" -> client.openSession().refresh()
            "sessions.end" -> client.openSession().end()
            "messages.create" -> client.openSession().send(params.required("content", JsonObject::text))
            "messages.list" -> client.openSession().messages().toList()
            "agents.list" -> client.agents()
            "avatars.list" -> client.avatars()
            "voices.list" -> client.voices()
        }
    }

    private companion object {
        val operations =
            setOf(
                "sessions.create",
                "sessions.get",
                "sessions.end",
                "messages.create",
                "messages.list",
                "agents.list",
                "avatars.list",
                "voices.list",
            )
    }
}
