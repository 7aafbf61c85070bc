// Many concurrent sessions with one client.

package com.agenthuman

import com.agenthuman.support.client
import com.agenthuman.support.relay
import java.util.concurrent.atomic.AtomicInteger
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

internal class ManySessionsTest {
    @Test
    fun `200 concurrent sessions are separate`() =
        runBlocking<Unit>(Dispatchers.Default) {
            val open = AtomicInteger()
            val allOpen = CompletableDeferred<Unit>()
            relay().use { relay ->
                client(relay.url).use { client ->
                    val ids = coroutineScope {
                        List(SESSIONS) { number ->
                                async {
                                    val session = client.openSession(sessionType = SessionType.AgentChat)
                                    if (open.incrementAndGet() == SESSIONS) allOpen.complete(Unit)
                                    allOpen.await()
                                    session.send("I am $number")
                                    val said =
                                        session
                                            .messages()
                                            .toList()
                                            .filter { it.role == MessageRole.User }
                                            .map { it.content }
                                    assertEquals(listOf("I am $number"), said)
                                    assertEquals(SessionStatus.Completed, session.end().status)
                                    session.id
                                }
                            }
                            .awaitAll()
                    }
                    assertEquals(SESSIONS, ids.toSet().size)
                }
            }
        }

    private companion object {
        const val SESSIONS = 200
    }
}
