// Two copies of a relay behind one address serve one session. If one is killed, no acknowledged message is lost.

package com.agenthuman

import com.agenthuman.support.Forwarder
import com.agenthuman.support.client
import com.agenthuman.support.madeUpSecret
import com.agenthuman.support.relay
import com.agenthuman.support.sandbox
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.JsonObject
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

internal class CopiesTest {
    @Test
    fun `a session uses both copies, and the other one when one is killed`() =
        runBlocking<Unit>(Dispatchers.Default) {
            sandbox().use { sandbox ->
                val environment =
                    mapOf(
                        "AGENTHUMAN_BASE_URL" to sandbox.url,
                        "AGENTHUMAN_API_KEY" to sandbox.started.required("api_key", JsonObject::text),
                        "AGENTHUMAN_RELAY_SECRETS" to madeUpSecret(),
                    )
                relay(environment = environment).use { first ->
                    relay(environment = environment).use { second ->
                        Forwarder(first, second).use { forwarder ->
                            client(forwarder.url).use { client ->
                                val session = client.openSession()
                                val acknowledged =
                                    (0..<10).mapTo(mutableListOf()) { session.send("together $it").message.content }
                                val (atFirst, atSecond) = forwarder.connections.map { it.get() }
                                assertTrue(atFirst >= 5 && atSecond >= 5, "$atFirst and $atSecond")

                                val underWay = Channel<Unit>(Channel.UNLIMITED)
                                val results = coroutineScope {
                                    val sending =
                                        List(40) { number ->
                                            async {
                                                underWay.send(Unit)
                                                runCatching { session.send("meanwhile $number").message.content }
                                            }
                                        }
                                    repeat(20) { underWay.receive() }
                                    first.close()
                                    sending.awaitAll()
                                }
                                acknowledged += results.mapNotNull { it.getOrNull() }
                                val failures = results.mapNotNull { it.exceptionOrNull() }
                                assertTrue(failures.all { it is AgentHumanException }, failures.toString())
                                acknowledged += List(10) { session.send("alone $it").message.content }

                                val kept =
                                    session
                                        .messages()
                                        .toList()
                                        .filter { it.role == MessageRole.User }
                                        .map { it.content }
                                assertEquals(acknowledged.size, acknowledged.toSet().size)
                                assertTrue(kept.containsAll(acknowledged), "lost: ${acknowledged - kept.toSet()}")
                                assertEquals(kept.toSet().size, kept.size, "said twice")
                                assertEquals(SessionStatus.Completed, session.end().status)
                            }
                        }
                    }
                }
            }
        }
}
