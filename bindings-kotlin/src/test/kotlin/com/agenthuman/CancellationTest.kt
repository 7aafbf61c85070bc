// Cancelling a coroutine drops its request, as observed by the server.

package com.agenthuman

import com.agenthuman.support.Answer
import com.agenthuman.support.client
import com.agenthuman.support.opened
import java.net.InetAddress
import java.net.ServerSocket
import java.net.Socket
import java.net.SocketException
import kotlin.time.Duration.Companion.milliseconds
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.TimeoutCancellationException
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows

internal class CancellationTest {
    /** Accepts requests, one per connection, and responds only when told by the test. */
    private class Silent : AutoCloseable {
        // A missing request fails the test instead of blocking it.
        private val listener = ServerSocket(0, 10, InetAddress.getLoopbackAddress()).apply { soTimeout = 60_000 }
        val url = "http://127.0.0.1:${listener.localPort}"

        suspend fun request(): Socket =
            withContext(Dispatchers.IO) {
                val socket = listener.accept().apply { soTimeout = 60_000 }
                val input = socket.getInputStream().bufferedReader()
                generateSequence { input.readLine() }.first { it.isEmpty() }
                socket
            }

        override fun close() = listener.close()
    }

    private fun Socket.answer(answer: Answer) = use {
        val head = "HTTP/1.1 ${answer.status} \r\nContent-Type: application/json\r\nConnection: close\r\n"
        getOutputStream().write("${head}Content-Length: ${answer.body.length}\r\n\r\n${answer.body}".toByteArray())
    }

    private suspend fun Socket.isDropped(): Boolean =
        withContext(Dispatchers.IO) {
            try {
                getInputStream().readAllBytes()
                true
            } catch (_: SocketException) {
                true
            }
        }

    @Test
    fun `cancelling drops the request`() =
        runBlocking<Unit> {
            Silent().use { server ->
                client(server.url).use { client ->
                    val opening = launch { client.openSession() }
                    val socket = server.request()
                    opening.cancelAndJoin()
                    assertTrue(opening.isCancelled)
                    assertTrue(socket.isDropped())
                }
            }
        }

    @Test
    fun `cancelling the collector of a flow drops the page's request`() =
        runBlocking<Unit> {
            Silent().use { server ->
                client(server.url).use { client ->
                    val opening = async { client.openSession() }
                    server.request().answer(opened("1", "g"))
                    val messages = opening.await().messages(following = true)

                    val heard = async { messages.first() }
                    val socket = server.request()
                    heard.cancel(CancellationException("enough"))
                    assertEquals("enough", assertThrows<CancellationException> { heard.await() }.message)
                    assertTrue(socket.isDropped())
                }
            }
        }

    @Test
    fun `a timeout of the caller is not an AgentHumanException`() =
        runBlocking<Unit> {
            Silent().use { server ->
                client(server.url).use { client ->
                    assertThrows<TimeoutCancellationException> { withTimeout(50.milliseconds) { client.avatars() } }
                }
            }
        }

    @Test
    fun `cancelling during the token function cancels the function`() =
        runBlocking<Unit> {
            val began = CompletableDeferred<Unit>()
            val seen = CompletableDeferred<Throwable>()
            val token: suspend () -> String = {
                began.complete(Unit)
                try {
                    awaitCancellation()
                } catch (thrown: CancellationException) {
                    seen.complete(thrown)
                    throw thrown
                }
            }
            client("http://127.0.0.1:1", token = token).use { client ->
                val listing = launch { client.avatars() }
                began.await()
                val cause = CancellationException("enough")
                listing.cancel(cause)
                listing.join()
                assertEquals(cause.message, seen.await().message)
                assertTrue(listing.isCancelled)
            }
        }
}
