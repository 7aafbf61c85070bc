// API keys are rejected on a phone, and no secret is printed.

package com.agenthuman

import com.agenthuman.support.Answer
import com.agenthuman.support.FakeBackend
import com.agenthuman.support.client
import com.agenthuman.support.madeUpKey
import com.agenthuman.support.madeUpSecret
import com.agenthuman.support.opened
import com.agenthuman.support.refused
import java.io.File
import java.util.concurrent.atomic.AtomicInteger
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows

internal class SecretsTest {
    private val key = madeUpKey()

    private fun assertHidden(secret: String, thrown: Throwable) {
        val causes = generateSequence(thrown) { it.cause }
        val texts = causes.flatMap { listOf(it.toString(), it.stackTraceToString()) }.toMutableList()
        if (thrown is AgentHumanException) texts += "${thrown.message} ${thrown.suggestion} ${thrown.details}"
        assertTrue(texts.none { secret in it }, "a secret shows")
    }

    @Test
    fun `a key is rejected in every parameter`() =
        runBlocking<Unit> {
            val requests = AtomicInteger()
            FakeBackend {
                    requests.incrementAndGet()
                    Answer(200, """{"success":true,"avatars":[]}""")
                }
                .use { backend ->
                    val places: List<suspend () -> Unit> =
                        listOf(
                            { client("${backend.url}/$key").use { it.avatars() } },
                            { client("${backend.url}?key=$key").use { it.avatars() } },
                            { client(backend.url, headers = mapOf("X-Api-Key" to key)).use { it.avatars() } },
                            { client(backend.url, headers = mapOf("X-Other" to "a $key")).use { it.avatars() } },
                            { client(backend.url) { key }.use { it.avatars() } },
                            { client(backend.url) { "Bearer $key" }.use { it.avatars() } },
                        )
                    for (place in places) assertHidden(key, assertThrows<ConfigurationException> { place() })
                    assertEquals(0, requests.get())
                }
        }

    @Test
    fun `the package contains no key and not the name of its header`() {
        val folder = File(AgentHumanClient::class.java.protectionDomain.codeSource.location.toURI())
        val files = folder.walk().filter { it.isFile }.toList()
        assertTrue(files.any { "agenthuman_mobile" in it.name }, "the native library is not packaged")
        for (file in files) {
            val text = file.readText(Charsets.ISO_8859_1)
            assertFalse(text.contains("x-api-key", ignoreCase = true), file.path)
            assertFalse(Regex("ah_(test|live)_[A-Za-z0-9]{32}").containsMatchIn(text), file.path)
        }
    }

    @Test
    fun `neither the token nor the grant is printed`() =
        runBlocking<Unit> {
            val token = madeUpSecret()
            val grant = madeUpSecret()
            val backend = FakeBackend { request ->
                if (request.line == "POST /v1/sessions") opened("1", grant)
                else
                    refused(
                        400,
                        "bad_request",
                        "${request.headers["authorization"]}, ${request.headers["x-agenthuman-grant"]}: bad",
                    )
            }
            backend.use {
                client(backend.url) { token }
                    .use { client ->
                        val session = client.openSession()
                        val calls: List<suspend () -> Unit> =
                            listOf(
                                { session.send("hello") },
                                { session.refresh() },
                                { session.messages().toList() },
                                { client.avatars() },
                            )
                        for (call in calls) {
                            val thrown = assertThrows<BadRequestException> { call() }
                            assertHidden(token, thrown)
                            assertHidden(grant, thrown)
                        }
                        for (text in listOf(client.toString(), session.toString(), session.info.toString())) {
                            assertFalse(token in text || grant in text, text)
                        }
                        assertTrue(backend.url in client.toString(), client.toString())
                    }
            }
        }
}
