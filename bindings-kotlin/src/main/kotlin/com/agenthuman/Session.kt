// A session and its messages.

package com.agenthuman

import kotlin.time.Duration
import kotlinx.coroutines.flow.Flow

/**
 * A session with an agent, opened by [AgentHumanClient.openSession]. The backend's grant for it is renewed
 * automatically. After the backend's limit (8 hours by default) it is not, and calls throw [GrantExpiredException].
 */
public class Session internal constructor(private val core: Core, info: SessionInfo) {
    /** The session's id. */
    public val id: String = info.id

    /** The session when it was opened, or after the last [refresh], [end] or [renew]. */
    @Volatile
    public var info: SessionInfo = info
        private set

    /**
     * The session as an app stores it, to resume it after a restart by [AgentHumanClient.resume]. What was stored once
     * is valid for as long as the backend renews grants of the session.
     *
     * @throws ClosedException if the client is closed.
     */
    public val restorable: RestorableSession
        get() = RestorableSession(core.restorable(id))

    /**
     * Sends a message, and returns it with the agent's reply. A message whose response is lost is sent again
     * automatically: the backend recognizes it by its id.
     *
     * @param content the message: 1 to 32,000 characters.
     * @param id the app's own id of the message: 1 to 64 letters, digits, `_` or `-`, such as that of a UUID. To send a
     *   message again that may have been sent ([AgentHumanException.outcomeUnknown]), pass its id again. Default: a new
     *   one.
     * @throws ConflictException if the session has ended.
     */
    public suspend fun send(content: String, id: String? = null): MessageExchange =
        core.call(messagesCreate(this.id, content, id))

    /**
     * Returns the messages, oldest first. Pages are fetched during collection, and each collector starts from the
     * beginning.
     *
     * @param following continue with new messages after the last one, until the collector stops.
     * @param after the id of the message after which to start.
     * @param limit the number of messages per page: 1 to 200. Default: 100.
     * @param every the interval at which to check for new messages while following. Default: 2 seconds.
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

    /**
     * Starts to watch the messages, for a screen. An app has one conversation for each session that it shows, and
     * closes it.
     *
     * @throws ClosedException if the client is closed.
     */
    public fun conversation(): Conversation = conversation(every = null)

    internal fun conversation(every: Duration?): Conversation =
        Conversation(core.conversation(id, every), this, BackendCalls(core))

    /** Gets the session from the backend, and updates [info]. */
    public suspend fun refresh(): SessionInfo = keep(sessionsGet(id))

    /** Ends the session. Ending it again changes nothing. */
    public suspend fun end(): SessionInfo = keep(sessionsEnd(id))

    /**
     * Renews the grant now. It is also renewed automatically.
     *
     * @throws GrantExpiredException if the session is too old.
     * @throws ConflictException if it has ended.
     */
    public suspend fun renew(): SessionInfo = keep(sessionsRenew(id))

    private suspend fun keep(operation: Operation<SessionInfo>): SessionInfo = core.call(operation).also { info = it }

    override fun toString(): String = "Session(id=$id, status=${info.status})"
}
