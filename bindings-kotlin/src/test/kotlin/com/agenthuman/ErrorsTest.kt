// Compares the exceptions with the table of errors.

package com.agenthuman

import com.agenthuman.support.ROOT
import com.agenthuman.support.camel
import com.agenthuman.support.exceptionClasses
import java.io.ByteArrayInputStream
import java.io.ByteArrayOutputStream
import java.io.File
import java.io.ObjectInputStream
import java.io.ObjectOutputStream
import kotlin.reflect.KClass
import kotlin.reflect.KVisibility
import kotlin.reflect.full.memberProperties
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Test

internal class ErrorsTest {
    private val table = Json.parseToJsonElement(File(ROOT, "contract/errors.json").readText()).jsonObject
    private val kinds = table.getValue("kinds").jsonArray.map { it.jsonObject }

    private fun JsonObject.required(name: String) = required(name, JsonObject::text)

    private fun exceptionName(kind: JsonObject) =
        camel(kind.required("name")).replaceFirstChar(Char::uppercase) + "Exception"

    private fun thrown(vararg fields: Pair<String, Any?>) = exceptionOf(parameters(*fields))

    @Test
    fun `every kind has a class, which is a subclass of its parent's`() {
        for (kind in kinds) {
            val made = thrown("code" to kind.required("code"), "message" to "why")
            val parent = kind.text("parent")?.let { code -> kinds.single { it.required("code") == code } }
            assertEquals(exceptionName(kind), made.javaClass.simpleName)
            assertEquals(parent?.let(::exceptionName) ?: "AgentHumanException", made.javaClass.superclass.simpleName)
            assertEquals(kind.required("code"), made.code)
        }
    }

    @Test
    fun `every class has a kind`() {
        val classes = exceptionClasses().map { it.simpleName }.toSet()
        assertEquals(kinds.map(::exceptionName).toSet(), classes - "AgentHumanException" - "UnknownException")
    }

    private fun properties(type: KClass<*>): Set<String> =
        type.memberProperties.filter { it.visibility == KVisibility.PUBLIC }.map { it.name }.toSet()

    @Test
    fun `an exception has exactly the fields of the table`() {
        val fields = table.getValue("fields").jsonArray.map { camel(it.jsonObject.required("name")) }.toSet()
        val own = properties(AgentHumanException::class)
        assertEquals(fields, own - properties(Throwable::class) + "message")
        assertEquals(fields, properties(ErrorFields::class))
    }

    @Test
    fun `every field is set`() {
        val text =
            """
            {"code":"rate_limited","message":"Slow down, agent_id","suggestion":"Wait for session_type","status":429,"details":{"left":[0]},
            "request_id":"r-1","operation":"messages.create","attempts":[{"status":503,"code":"server","duration_ms":4},
            {"status":null,"code":"connection","duration_ms":5},{"status":429,"code":null,"duration_ms":6}],"retryable":true,
            "retry_after":1.5,"outcome_unknown":true,"phase":"body","parameter":"agent_id"}
            """
        val cause = IllegalArgumentException("mine")
        val made = exceptionOf(Json.parseToJsonElement(text).jsonObject, cause)
        assertEquals(RateLimitException::class.java, made.javaClass)
        assertEquals("rate_limited", made.code)
        assertEquals("Slow down, agent_id", made.message)
        assertEquals("Wait for sessionType", made.suggestion)
        assertEquals(429, made.status)
        assertEquals(Json.parseToJsonElement("""{"left":[0]}"""), made.details)
        assertEquals("r-1", made.requestId)
        assertEquals("messages.create", made.operation)
        assertEquals(
            listOf(Attempt(503, "server", 4), Attempt(null, "connection", 5), Attempt(429, null, 6)),
            made.attempts,
        )
        assertEquals(listOf(true, true), listOf(made.retryable, made.outcomeUnknown))
        assertEquals(1.5, made.retryAfter)
        assertEquals(listOf("body", "agent_id"), listOf(made.phase, made.parameter))
        assertSame(cause, made.cause)
        assertEquals("com.agenthuman.RateLimitException: Slow down, agent_id. Wait for sessionType", made.toString())
    }

    @Test
    fun `an exception prints the core's line`() {
        val line = "Slow down, agent_id. Wait (status 429, operation messages.create, request id r-1)"
        val made = thrown("code" to "rate_limited", "message" to "Slow down, agent_id", "status" to 429, "line" to line)
        assertEquals("com.agenthuman.RateLimitException: $line", made.toString())
        assertEquals("Slow down, agent_id", made.message)
    }

    @Test
    fun `names in texts of the core have Kotlin spelling`() {
        val made =
            thrown(
                "code" to "invalid_argument",
                "message" to "session_type: got \"max_response_bytes\"",
                "parameter" to "session_type",
            )
        assertEquals("sessionType: got \"max_response_bytes\"", made.message)
        assertEquals("sessionType", made.parameter)
    }

    @Test
    fun `an unknown code gives the nearest base class`() {
        assertEquals(UnknownException::class.java, thrown("code" to "brand_new", "message" to "?").javaClass)
        val answered = thrown("code" to "brand_new", "message" to "?", "status" to 499)
        assertEquals(ApiStatusException::class.java, answered.javaClass)
        assertEquals("brand_new", answered.code)
        assertNull(answered.suggestion)
    }

    @Test
    fun `every kind has a text for users`() {
        for (kind in kinds) {
            val made = thrown("code" to kind.required("code"), "message" to "the reason")
            assertEquals(kind.required("user_message").ifEmpty { "the reason" }, made.userMessage())
        }
        val unknown = thrown("code" to "brand_new", "message" to "?")
        assertEquals(table.required("user_message"), unknown.userMessage())
    }

    @Test
    fun `an app has its own texts for users`() {
        val made = thrown("code" to "concurrency_limit", "message" to "why")
        assertEquals("Nur eins.", made.userMessage { if (it == "concurrency_limit") "Nur eins." else null })
        assertEquals("Warten.", made.userMessage { if (it == "rate_limited") "Warten." else null })
        assertEquals(made.userMessage(), made.userMessage { if (it == "not_found") "Nichts." else null })
    }

    @Test
    fun `a when over the exceptions is exhaustive`() {
        val made: AgentHumanException = thrown("code" to "tls", "message" to "why")
        val found =
            when (made) {
                is ApiConnectionException -> "network"
                is ApiStatusException -> "service"
                is ApiTimeoutException -> "time"
                is ClosedException,
                is ConfigurationException,
                is InternalException,
                is InvalidResponseException,
                is NotRecordedException,
                is StoreFailedException,
                is TokenUnavailableException,
                is UnknownException -> "other"
            }
        assertEquals("network", found)
    }

    @Test
    fun `an exception can be serialized, without its details`() {
        val made =
            exceptionOf(
                buildJsonObject {
                    put("code", JsonPrimitive("not_found"))
                    put("message", JsonPrimitive("gone"))
                    put("details", JsonPrimitive("some"))
                }
            )
        val bytes = ByteArrayOutputStream().also { ObjectOutputStream(it).writeObject(made) }.toByteArray()
        val read = ObjectInputStream(ByteArrayInputStream(bytes)).readObject() as NotFoundException
        assertEquals(listOf("not_found", "gone", null), listOf(read.code, read.message, read.details))
    }
}
