// A session in a room.

import Foundation

/// A session in a room, opened by ``AgentHumanClient/openRoom(avatar:metadata:)``: an avatar has joined the room, and the app joins
/// the same room with ``url`` and ``token``, by the library of its ``platform``.
///
/// ```swift
/// let session = try await client.openRoom()
/// try await room.connect(url: session.url.absoluteString, token: session.token)  // LiveKit's `Room`
/// // Later:
/// try await session.end()
/// ```
///
/// An open session costs money. It ends by ``end()``, when everybody has left the room, or at its
/// ``RoomSessionInfo/expiration``.
public final class RoomSession: Sendable, Identifiable {
    /// The session's id.
    public let id: String

    /// The platform of the room, such as ``RoomPlatform/livekit``.
    public let platform: RoomPlatform

    /// The URL of the room.
    public let url: URL

    /// The token with which the app joins the room. It is never printed.
    public let token: String

    /// The session when it was opened, or after the last ``refresh()``, ``end()`` or ``renew()``.
    public var info: RoomSessionInfo {
        seen.value
    }

    private let client: AgentHumanClient
    private let seen: Locked<RoomSessionInfo>

    init(_ room: OpenedRoom, of client: AgentHumanClient) {
        id = room.session.id
        platform = room.platform
        url = room.url
        token = room.token
        seen = Locked(room.session)
        self.client = client
    }

    /// Gets the session from the backend, and updates ``info``.
    ///
    /// - Returns: The session.
    /// - Throws: ``AgentHumanError``; `CancellationError`.
    ///
    /// Credential: the app's token and the session's grant.
    @discardableResult
    public func refresh() async throws -> RoomSessionInfo {
        try await keep(.roomsGet(id: id))
    }

    /// Ends the session: the avatar leaves the room. Ending it again changes nothing.
    ///
    /// - Throws: ``AgentHumanError``; `CancellationError`.
    ///
    /// Credential: the app's token and the session's grant.
    @discardableResult
    public func end() async throws -> RoomSessionInfo {
        try await keep(.roomsEnd(id: id))
    }

    /// Renews the session's grant now. The client also renews it automatically before it expires.
    ///
    /// - Throws: ``AgentHumanError``, such as ``AgentHumanError/Kind/grantExpired`` if the session is too old, and
    ///   ``AgentHumanError/Kind/conflict`` if it has ended; `CancellationError`.
    ///
    /// Credential: the app's token and the session's grant.
    @discardableResult
    public func renew() async throws -> RoomSessionInfo {
        try await keep(.roomsRenew(id: id))
    }

    private func keep(_ operation: PhoneOperation<RoomSessionInfo>) async throws -> RoomSessionInfo {
        let info = try await client.run(operation)
        seen.value = info
        return info
    }
}

extension RoomSession: CustomStringConvertible, CustomReflectable {
    /// The id, the status and the platform.
    public var description: String {
        "RoomSession(id: \(id), status: \(info.status), platform: \(platform))"
    }

    /// A mirror without the token, for `dump` and debuggers.
    public var customMirror: Mirror {
        Mirror(self, children: ["id": id, "info": info, "platform": platform, "url": url])
    }
}
