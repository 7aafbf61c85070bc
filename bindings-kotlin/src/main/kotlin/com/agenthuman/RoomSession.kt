// A session in a room.

package com.agenthuman

/**
 * A session in a room, opened by [AgentHumanClient.openRoom]: an avatar has joined the room, and the app joins the same
 * room with [url] and [token], by the library of its [platform].
 *
 * ```
 * val session = client.openRoom()
 * room.connect(session.url, session.token) // LiveKit's `Room`
 * // Later:
 * session.end()
 * ```
 *
 * An open session costs money. It ends by [end], when everybody has left the room, or at its
 * [expiration][RoomSessionInfo.expiration].
 */
public class RoomSession internal constructor(private val core: Core, room: OpenedRoom) {
    /** The session's id. */
    public val id: String = room.session.id

    /** The platform of the room, such as [RoomPlatform.Livekit]. */
    public val platform: RoomPlatform = room.platform

    /** The URL of the room. */
    public val url: String = room.url

    /** The token with which the app joins the room. It is never printed. */
    public val token: String = room.token

    /** The session when it was opened, or after the last [refresh], [end] or [renew]. */
    @Volatile
    public var info: RoomSessionInfo = room.session
        private set

    /** Gets the session from the backend, and updates [info]. */
    public suspend fun refresh(): RoomSessionInfo = keep(roomsGet(id))

    /** Ends the session: the avatar leaves the room. Ending it again changes nothing. */
    public suspend fun end(): RoomSessionInfo = keep(roomsEnd(id))

    /**
     * Renews the grant now. It is also renewed automatically.
     *
     * @throws GrantExpiredException if the session is too old.
     * @throws ConflictException if it has ended.
     */
    public suspend fun renew(): RoomSessionInfo = keep(roomsRenew(id))

    private suspend fun keep(operation: Operation<RoomSessionInfo>): RoomSessionInfo =
        core.call(operation).also { info = it }

    override fun toString(): String = "RoomSession(id=$id, status=${info.status}, platform=$platform)"
}
