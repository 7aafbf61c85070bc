// The client that an app makes, and the catalogue of its backend.

package com.agenthuman

import kotlin.time.Duration
import kotlin.time.DurationUnit
import kotlinx.serialization.json.JsonObject

/**
 * AgentHuman as a phone reaches it: through the app's own backend, which holds the API key. No key belongs here, and one
 * in the place of anything is refused ([ConfigurationException]).
 *
 * ```
 * AgentHumanClient("https://api.example.com/agenthuman") { signIn.token() }.use { client ->
 *     val session = client.openSession()
 *     println(session.send("Hello!").reply?.content)
 *     session.end()
 * }
 * ```
 *
 * One client serves a whole app, from any thread. All failures are [AgentHumanException]s. A coroutine that is
 * cancelled takes its request with it.
 *
 * @param backend where the backend has its relay: an `https` URL, or `http` on this machine.
 * @param timeout for each call with all its tries: 60 seconds by default.
 * @param connectTimeout to connect: 5 seconds by default.
 * @param allowInsecureHttp allows an `http` backend at another address of a private network, such as `http://10.0.2.2` from
 *   the Android emulator. For development only: everyone on the way can read what is sent, the token too.
 * @param maxRetries how often a call is repeated where that can do no harm: 2 by default.
 * @param maxResponseBytes how many bytes an answer may have.
 * @param headers sent with every request.
 * @param token gives the app's own token of its user, which the backend checks. Every call asks it, in the call's own
 *   coroutine, so that it should keep its token itself; what it throws is the `cause` of that call's exception.
 * @throws ConfigurationException where one of these cannot be. Nothing was sent.
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
    private val core =
        Core(
            parameters(
                "backend" to backend,
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
     * Opens a session with an agent. All of it is a wish: the backend's policy decides.
     *
     * @param agentId the agent to talk with; the backend may choose one itself.
     * @param sessionType how it is held: `agent_voice`, `agent_video`, `agent_chat`, `webrtc_video`, or `voice`, which
     *   is the default.
     * @param metadata data for the backend's policy.
     * @throws PolicyRefusedException where the policy does not allow it to this user.
     * @throws NotFoundException where there is no such agent.
     * @throws PaymentRequiredException where the plan's minutes are used up.
     * @throws ConcurrencyLimitException where the plan's number of sessions at once is reached.
     */
    public suspend fun openSession(
        agentId: String? = null,
        sessionType: String? = null,
        metadata: JsonObject? = null,
    ): Session = Session(core, core.call(sessionsCreate(agentId, sessionType, metadata)))

    /** The avatars that everyone may use. */
    public suspend fun avatars(): List<Avatar> = core.call(avatarsList())

    /** The voices that everyone may use. */
    public suspend fun voices(): List<Voice> = core.call(voicesList())

    /** The agents that the backend's policy shows to this user. */
    public suspend fun agents(): List<AgentInfo> = core.call(agentsList())

    /** Refuses every later call, those of its sessions too ([ClosedException]). Calls under way end as they will. */
    override fun close(): Unit = core.close()

    override fun toString(): String = "AgentHumanClient($core)"
}
