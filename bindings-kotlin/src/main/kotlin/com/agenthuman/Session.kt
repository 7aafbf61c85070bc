// A session that is open, and what is said in it.

package com.agenthuman

import kotlin.time.Duration
import kotlinx.coroutines.flow.Flow

/**
 * A session with an agent, opened by [AgentHumanClient.openSession]. The backend's grant to it is renewed before it
 * runs out. After the backend's limit (8 hours by default) it is not, and calls throw [GrantExpiredException].
 */
public class Session internal constructor(private val core: Core, info: SessionInfo) {
    /** The session's id. */
    public val id: String = info.id

    /** The session as it was last read: when it was opened, or by [refresh], [end] or [renew]. */
    @Volatile
    public var info: SessionInfo = info
        private set

    /**
     * Says something, and gives it with the agent's reply.
     *
     * @param content what to say: 1 to 32,000 characters.
     * @throws ConflictException where the session has ended.
     */
    public suspend fun send(content: String): MessageExchange = core.call(messagesCreate(id, content))

    /**
     * What was said, the oldest first. Pages are fetched as they are collected, and each collector begins anew.
     *
     * @param following go on after the last message with those that come later, until the collector stops.
     * @param after begin behind the page of this cursor.
     * @param limit how many a page has: 1 to 200; 100 by default.
     * @param every how often to look for new ones while following: 2 seconds by default.
     */
    public fun messages(
        following: Boolean = false,
        after: String? = null,
        limit: Int? = null,
        every: Duration? = null,
    ): Flow<Message> {
        val list = messagesList(id, after, limit)
        return if (following) core.follow(list, every) else core.pages(list)
    }

    /** Reads the session from the backend, and returns it. [info] is the same from then on. */
    public suspend fun refresh(): SessionInfo = keep(sessionsGet(id))

    /** Ends the session. Ending it again changes nothing. */
    public suspend fun end(): SessionInfo = keep(sessionsEnd(id))

    /**
     * Renews the grant at once, which is done by itself where it must be.
     *
     * @throws GrantExpiredException where the session is too old.
     * @throws ConflictException where it has ended.
     */
    public suspend fun renew(): SessionInfo = keep(sessionsRenew(id))

    private suspend fun keep(operation: Operation<SessionInfo>): SessionInfo = core.call(operation).also { info = it }

    override fun toString(): String = "Session(id=$id, status=${info.status})"
}
