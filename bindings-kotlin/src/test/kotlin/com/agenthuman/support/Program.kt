// Starts programs of the project for a test. Each prints its URL in a line of JSON.

package com.agenthuman.support

import com.agenthuman.AgentHumanClient
import com.agenthuman.text
import java.io.File
import java.lang.ProcessBuilder.Redirect
import java.security.SecureRandom
import java.util.HexFormat
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonObject

internal class Program(command: List<String>, environment: Map<String, String> = emptyMap()) : AutoCloseable {
    private val process =
        ProcessBuilder(command)
            .redirectError(Redirect.INHERIT)
            .apply {
                environment().keys.removeIf { it.startsWith("AGENTHUMAN_") }
                environment().putAll(environment)
            }
            .start()

    val started: JsonObject = run {
        val line = process.inputReader().readLine() ?: error("${command[0]} said nothing")
        Json.parseToJsonElement(line).jsonObject
    }

    val url: String = started.text("url") ?: error("${command[0]} did not print its URL")

    override fun close() {
        process.destroyForcibly().waitFor()
    }
}

/** A relay that accepts every user, with its own sandbox unless the environment names one. */
internal fun relay(vararg options: String, environment: Map<String, String> = emptyMap()): Program {
    val command = listOf(built("AGENTHUMAN_CLI", "agenthuman"), "--json", "relay", "--demo", "--port", "0")
    return Program(command + listOf("--requests-per-minute", "0") + options, environment)
}

internal fun sandbox(): Program =
    Program(listOf(built("AGENTHUMAN_SANDBOX", "agenthuman-sandbox"), "--json", "--port", "0", "--rate-limit", "off"))

/** A relay for a service that sends the responses of vectors. */
internal fun vectorRelay(): Program = Program(listOf(built("AGENTHUMAN_VECTORS", "vector-relay")))

internal fun client(
    url: String,
    headers: Map<String, String> = emptyMap(),
    maxRetries: Int? = null,
    token: suspend () -> String = { "demo-alice" },
) = AgentHumanClient(url, headers = headers, maxRetries = maxRetries, token = token)

/** A made-up secret for a relay. */
internal fun madeUpSecret(): String = HexFormat.of().formatHex(ByteArray(32).also(SecureRandom()::nextBytes))

/** A made-up API key. */
internal fun madeUpKey(): String = "ah_test_" + madeUpSecret().take(32)

/** The root of the checkout. Maven runs tests in the project's folder. */
internal val ROOT: File = File("..").canonicalFile

private fun built(variable: String, name: String): String =
    System.getenv(variable) ?: File(ROOT, "target/debug/$name").also { check(it.exists()) { "$it is not built" } }.path
