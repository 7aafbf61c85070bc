// The client: options, the token function, closing.

package com.agenthuman

import com.agenthuman.support.Answer
import com.agenthuman.support.BackendRequest
import com.agenthuman.support.FakeBackend
import com.agenthuman.support.client
import com.agenthuman.support.opened
import java.io.IOException
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineExceptionHandler
import kotlinx.coroutines.CoroutineName
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.TimeoutCancellationException
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.job
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows

internal class ClientTest {
    private val requests = ConcurrentLinkedQueue<BackendRequest>()
    private val noAvatars = Answer(200, """{"success":true,"avatars":[]}""")

    private fun backend(answer: (BackendRequest) -> Answer = { noAvatars }) = FakeBackend {
        requests.add(it)
        answer(it)
    }

    @Test
    fun `the token function runs for every call, in the coroutine of the caller`() =
        runBlocking<Unit> {
            var calls = 0
            backend().use { backend ->
                val token: suspend () -> String = {
                    assertEquals("mine", currentCoroutineContext()[CoroutineName]?.name)
                    "token-${++calls}"
                }
                client(backend.url, token = token).use { client ->
                    withContext(CoroutineName("mine")) { repeat(2) { client.avatars() } }
                }
            }
            assertEquals(listOf("Bearer token-1", "Bearer token-2"), requests.map { it.headers["authorization"] })
        }

    @Test
    fun `the exception of the token function is the cause`() =
        runBlocking<Unit> {
            backend().use { backend ->
                val cause = IOException("the keychain said: hunter2")
                client(backend.url) { throw cause }
                    .use { client ->
                        val thrown = assertThrows<TokenUnavailableException> { client.avatars() }
                        assertSame(cause, thrown.cause)
                        assertTrue(thrown.retryable)
                        assertEquals("the token function threw java.io.IOException", thrown.message)
                        assertTrue("hunter2" !in thrown.toString())
                        assertEquals("avatars.list", thrown.operation)
                    }
            }
            assertTrue(requests.isEmpty())
        }

    @Test
    fun `a timeout inside the token function is a failure and not a cancellation`() =
        runBlocking<Unit> {
            client("http://127.0.0.1:1") { withTimeout(1.milliseconds) { awaitCancellation() } }
                .use { client ->
                    val thrown = assertThrows<TokenUnavailableException> { client.avatars() }
                    assertTrue(thrown.cause is TimeoutCancellationException)
                }
        }

    @Test
    fun `a token function that does not return times out, and the client still works`() =
        runBlocking<Unit> {
            val mayReturn = CountDownLatch(1)
            val returned = CompletableDeferred<Unit>()
            val uncaught = ConcurrentLinkedQueue<Throwable>()
            var calls = 0
            backend().use { backend ->
                AgentHumanClient(backend.url, timeout = 200.milliseconds, maxRetries = 0) {
                        // It ignores its cancellation.
                        if (++calls == 1) {
                            currentCoroutineContext().job.invokeOnCompletion { returned.complete(Unit) }
                            withContext(NonCancellable + Dispatchers.IO) { mayReturn.await() }
                        }
                        "token-$calls"
                    }
                    .use { client ->
                        withContext(CoroutineExceptionHandler { _, thrown -> uncaught.add(thrown) }) {
                            assertThrows<ApiTimeoutException> { client.avatars() }
                        }
                        client.avatars()
                        mayReturn.countDown()
                        returned.await()
                    }
            }
            assertEquals(listOf<Throwable>(), uncaught.toList())
            assertEquals(listOf("Bearer token-2"), requests.map { it.headers["authorization"] })
        }

    @Test
    fun `a token function that uses its own client fails at once`() =
        runBlocking<Unit> {
            lateinit var client: AgentHumanClient
            backend().use { backend ->
                client = client(backend.url) { client.avatars().joinToString() }
                val thrown = client.use { assertThrows<ConfigurationException> { it.avatars() } }
                assertTrue("on the same client" in thrown.message, thrown.message)
                assertTrue(thrown.cause is ConfigurationException)
            }
            assertTrue(requests.isEmpty())
        }

    @Test
    fun `an Error of the token function is not wrapped`() =
        runBlocking<Unit> {
            val error = AssertionError("a test's own")
            client("http://127.0.0.1:1") { throw error }
                .use { client -> assertSame(error, assertThrows<AssertionError> { client.avatars() }) }
        }

    @Test
    fun `options reach the core`() =
        runBlocking<Unit> {
            backend().use { backend ->
                AgentHumanClient(
                        backend.url + "/",
                        timeout = 5.seconds,
                        connectTimeout = 1.seconds,
                        maxRetries = 0,
                        maxResponseBytes = 1_000,
                        headers = mapOf("X-App" to "1.2"),
                    ) {
                        "t"
                    }
                    .use { it.avatars() }
                assertEquals("1.2", requests.single().headers["x-app"])

                suspend fun refused(parameter: String?, make: () -> AgentHumanClient) {
                    val thrown = make().use { client -> assertThrows<ConfigurationException> { client.avatars() } }
                    if (parameter != null) assertEquals(parameter, thrown.parameter, thrown.message)
                }
                refused("timeout") { AgentHumanClient(backend.url, timeout = Duration.ZERO) { "t" } }
                refused("connectTimeout") { AgentHumanClient(backend.url, connectTimeout = (-1).seconds) { "t" } }
                refused("maxRetries") { AgentHumanClient(backend.url, maxRetries = -1) { "t" } }
                refused("backend") { AgentHumanClient("not a URL") { "t" } }
                refused(null) { AgentHumanClient("http://example.com") { "t" } }
                refused(null) { AgentHumanClient(backend.url, headers = mapOf("no name" to "x")) { "t" } }
                refused(null) { AgentHumanClient(backend.url, timeout = Duration.INFINITE) { "t" } }
            }
        }

    @Test
    fun `an invalid parameter is rejected before anything is sent`() =
        runBlocking<Unit> {
            backend { opened("1", "g") }
                .use { backend ->
                    client(backend.url).use { client ->
                        val thrown =
                            assertThrows<InvalidArgumentException> {
                                client.openSession(sessionType = SessionType("telepathy"))
                            }
                        assertEquals("sessionType", thrown.parameter)
                        assertTrue(requests.isEmpty())

                        val session = client.openSession()
                        assertThrows<InvalidArgumentException> { session.send("") }
                        assertThrows<InvalidArgumentException> { session.messages(limit = 0).toList() }
                        assertThrows<ConfigurationException> {
                            session.messages(following = true, every = Duration.ZERO).first()
                        }
                        assertEquals(1, requests.size)
                    }
                }
        }

    @Test
    fun `a message that may have been sent is sent again with its id`() =
        runBlocking<Unit> {
            val message =
                """{"id":"5","session_id":"1","role":"user","content":"hi","created_at":"2025-03-01T10:20:30Z"}"""
            val unknown = """{"success":false,"error":{"code":"timeout","message":"late","outcome_unknown":true}}"""
            backend { request ->
                    when (requests.size) {
                        1 -> opened("1", "g")
                        2,
                        3 -> Answer(504, unknown)
                        else -> Answer(201, """{"success":true,"message":$message,"reply":null}""")
                    }
                }
                .use { backend ->
                    AgentHumanClient(backend.url, maxRetries = 0) { "token" }
                        .use { client ->
                            val session = client.openSession()
                            val failed = assertThrows<ApiTimeoutException> { session.send("hi", id = "mine-1") }
                            assertTrue(failed.outcomeUnknown)
                            assertThrows<InvalidArgumentException> { session.send("hi", id = "not plain") }
                        }
                    client(backend.url).use { client ->
                        requests.clear()
                        val session = client.openSession()
                        assertEquals("5", session.send("hi", id = "mine-2").message.id)
                        val sent = requests.drop(1)
                        assertEquals(List(3) { """{"content":"hi","id":"mine-2"}""" }, sent.map { it.body })
                        assertEquals(listOf(null, "", ""), sent.map { it.headers["x-agenthuman-repeat-after"] })
                    }
                }
        }

    @Test
    fun `after close every call is rejected, and closing again has no effect`() =
        runBlocking<Unit> {
            backend { opened("1", "g") }
                .use { backend ->
                    val client = client(backend.url)
                    val session = client.openSession()
                    val messages = session.messages()
                    repeat(2) { client.close() }
                    val thrown = assertThrows<ClosedException> { client.avatars() }
                    assertEquals("avatars.list", thrown.operation)
                    assertThrows<ClosedException> { client.openSession() }
                    assertThrows<ClosedException> { session.send("hello") }
                    assertThrows<ClosedException> { session.end() }
                    assertThrows<ClosedException> { messages.toList() }
                    assertThrows<ClosedException> { session.messages(following = true).first() }
                    assertEquals("AgentHumanClient(closed)", client.toString())
                    assertEquals("Session(id=1, status=active)", session.toString())
                    assertEquals(1, requests.size)
                }
        }
}
