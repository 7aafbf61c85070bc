// A user's sessions on any device: the list, and a session that another device goes on with.

package com.agenthuman

import com.agenthuman.support.client
import com.agenthuman.support.relay
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows

internal class UsersSessionsTest {
    private suspend fun said(session: Session): List<String> =
        session.messages().toList().filter { it.role == MessageRole.User }.map { it.content }

    @Test
    fun `another device of the user goes on with a session`() =
        runBlocking<Unit> {
            relay().use { relay ->
                client(relay.url).use { phone ->
                    client(relay.url).use { tablet ->
                        val older = phone.openSession()
                        val session = phone.openSession(sessionType = SessionType.AgentChat)
                        session.send("on the phone")

                        val listed = tablet.sessions()
                        assertEquals(listOf(session.id, older.id), listed.map { it.id })
                        assertEquals(SessionStatus.Active, listed.first().status)
                        val resumed = tablet.resumeSession(listed.first().id)
                        assertEquals(listOf("on the phone"), said(resumed))
                        resumed.send("on the tablet")
                        assertEquals(listOf("on the phone", "on the tablet"), said(session))
                        assertEquals(session.id, tablet.resume(resumed.restorable).id)

                        session.end()
                        assertEquals(
                            listOf(SessionStatus.Completed, SessionStatus.Active),
                            tablet.sessions().map { it.status },
                        )
                        val ended = tablet.resumeSession(session.id)
                        assertEquals(SessionStatus.Completed, ended.info.status)
                        assertEquals(listOf("on the phone", "on the tablet"), said(ended))
                        assertThrows<ConflictException> { ended.send("too late") }
                    }
                }
            }
        }

    @Test
    fun `another user has no such session`() =
        runBlocking<Unit> {
            relay().use { relay ->
                client(relay.url).use { alice ->
                    client(relay.url) { "demo-bob" }
                        .use { bob ->
                            val session = alice.openSession()
                            assertEquals(emptyList<SessionInfo>(), bob.sessions())
                            val missing = assertThrows<NotFoundException> { bob.resumeSession(session.id) }
                            val unknown = assertThrows<NotFoundException> { bob.resumeSession("999999") }
                            assertEquals(unknown.message, missing.message)
                            assertThrows<InvalidArgumentException> { bob.resumeSession("..") }
                        }
                }
            }
        }
}
