// The client.

package com.agenthuman

import kotlin.time.Duration
import kotlin.time.DurationUnit
import kotlinx.serialization.json.JsonObject

/**
 * A client of an app's own backend, which has the API key. An app must not contain an API key: if a parameter contains
 * one, every call throws [ConfigurationException].
 *
 * ```
 * AgentHumanClient("https://api.example.com/agenthuman") { signIn.token() }.use { client ->
 *     val session = client.openSession()
 *     println(session.send("Hello!").reply?.content)
 *     session.end()
 * }
 * ```
 *
 * Creating a client takes no time: the native library is loaded on another thread, and invalid parameters are errors
 * ([ConfigurationException]) of the first call. One client serves a whole app, from any thread. All failures are
 * [AgentHumanException]s. Cancelling a coroutine drops its request.
 *
 * @param backend the URL of the relay in the backend: `https`, or `http` on this machine.
 * @param timeout the timeout of each call with its retries. Default: 60 seconds.
 * @param connectTimeout the timeout for connecting. Default: 5 seconds.
 * @param allowInsecureHttp allows an `http` backend at another address of a private network, such as `http://10.0.2.2`
 *   from the Android emulator. For development only: the connection is not encrypted, and the token is sent, too.
 * @param maxRetries the maximum number of retries of a call, which are sent only if that is safe. Default: 2.
 * @param maxResponseBytes the maximum size of a response body, in bytes.
 * @param headers headers for every request.
 * @param token returns the app's own token of its user, which the backend checks. It runs for every call, in the
 *   coroutine of the call, so it should cache its token. If it throws, the call throws an exception with that as its
 *   `cause`.
 */
public class AgentHumanClient(
    backend: String,
    timeout: Duration? = null,
    connectTimeout: Duration? = null,
    allowInsecureHttp: Boolean = false,
    maxRetries: Int? = null,
    maxResponseBytes: Long? = null,
    headers: Map<String, String> = emptyMap(),
    token: suspend () -> String,
) : AutoCloseable {
    internal val core =
        Core(
            parameters(
                "backend" to backend,
                "package" to parameters("language" to "kotlin", "runtime" to "Kotlin ${KotlinVersion.CURRENT}"),
                "token" to parameters("function" to true),
                "timeout" to timeout?.toDouble(DurationUnit.SECONDS),
                "connect_timeout" to connectTimeout?.toDouble(DurationUnit.SECONDS),
                "allow_insecure_http" to allowInsecureHttp,
                "max_retries" to maxRetries,
                "max_response_bytes" to maxResponseBytes,
                "headers" to headers.map { (name, value) -> listOf(name, value) },
            ),
            token,
        )

    /**
     * Opens a session with an agent. The backend's policy decides, and may choose other values.
     *
     * @param agentId the requested agent.
     * @param sessionType the requested type. Default: [SessionType.Voice].
     * @param metadata data for the backend's policy.
     * @throws PolicyRefusedException if the policy does not allow it for this user.
     * @throws NotFoundException if there is no such agent.
     * @throws PaymentRequiredException if the plan's minutes are used up.
     * @throws ConcurrencyLimitException if the maximum number of open sessions is reached.
     */
    public suspend fun openSession(
        agentId: String? = null,
        sessionType: SessionType? = null,
        metadata: JsonObject? = null,
    ): Session = Session(core, core.call(sessionsCreate(agentId, sessionType, metadata)))

    /**
     * Resumes a session that was opened before, such as by another process of the app. Its messages are those of the
     * backend.
     *
     * @param restorable the session as it was stored: its [Session.restorable].
     * @throws ConflictException if the session has ended.
     * @throws GrantExpiredException if it is too old.
     * @throws PermissionDeniedException if it is another user's.
     * @throws InvalidArgumentException if it was opened with another backend.
     */
    public suspend fun resume(restorable: RestorableSession): Session =
        Session(core, core.call(sessionsRenew(core.restore(restorable.toByteArray()))))

    /**
     * Lists the user's sessions, the newest first: those of any device that the backend's policy shows, and at most 20.
     *
     * @throws PolicyRefusedException if the policy does not list sessions for this user.
     * @throws NotFoundException if the backend opens no sessions with agents.
     */
    public suspend fun sessions(): List<SessionInfo> = core.call(sessionsList())

    /**
     * Resumes a session of the user that was opened on any device. Its messages are those of the backend. The messages
     * of a session that has ended can be read, and [Session.send] throws a [ConflictException].
     *
     * @param id the session's id, such as one of [sessions].
     * @throws PolicyRefusedException if the policy does not allow it for this user.
     * @throws NotFoundException if the user has no such session.
     */
    public suspend fun resumeSession(id: String): Session = Session(core, core.call(sessionsResume(id)))

    /**
     * Opens a session in a room: an avatar joins a room, which the app joins with the session's [RoomSession.url] and
     * [RoomSession.token]. The backend's policy decides on the avatar and the room. The session costs money until it
     * has ended.
     *
     * @param avatar the requested avatar: its id, or the URL of a picture of a face.
     * @param metadata data for the backend's policy.
     * @throws PolicyRefusedException if the policy does not allow it for this user.
     * @throws NotFoundException if the backend opens no rooms, or there is no such avatar.
     * @throws PaymentRequiredException if the plan's minutes are used up.
     * @throws ConcurrencyLimitException if the maximum number of open sessions is reached.
     */
    public suspend fun openRoom(avatar: String? = null, metadata: JsonObject? = null): RoomSession =
        RoomSession(core, core.call(roomsCreate(avatar, metadata)))

    /** Lists the public avatars. */
    public suspend fun avatars(): List<Avatar> = core.call(avatarsList())

    /** Lists the public voices. */
    public suspend fun voices(): List<Voice> = core.call(voicesList())

    /** Lists the agents that the backend's policy allows for this user. */
    public suspend fun agents(): List<AgentInfo> = core.call(agentsList())

    /**
     * Reports that the network of the device changed or that the app is in the foreground again: later requests use new
     * connections, and requests without a response that are safe to retry are sent again. An Android app calls it in
     * its `ConnectivityManager.NetworkCallback`. Without it, connections that were idle for 10 seconds are not used
     * again.
     */
    public fun connectionsChanged(): Unit = core.connectionsChanged()

    /** Closes the client and its sessions. Calls in flight continue; later calls throw [ClosedException]. */
    override fun close(): Unit = core.close()

    override fun toString(): String = "AgentHumanClient($core)"
}
