"""Code of users that reads texts with known values, with the typos that mypy and pyright must find. It is not run."""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from agenthuman import AgentHuman, ApiKeyInfo, MessageRole, Open, Session, SessionStatus, SessionType, rooms
from agenthuman.rooms import AgentHumanRooms, LinkStatus
from agenthuman.testing import session as make_session


def comparisons(session: Session, key: ApiKeyInfo) -> None:
    status = session.status
    text: str = status
    print(text.upper(), f"{status}", {"active": 1}.get(status))
    if status == "active" or session.session_type == "agent_chat" or session.session_type == "video":
        print("known")
    if status == "actve":  # type: ignore[comparison-overlap]  # pyright: ignore[reportUnnecessaryComparison]
        print("typo")
    if status != "complete":  # type: ignore[comparison-overlap]  # pyright: ignore[reportUnnecessaryComparison]
        print("typo")
    if session.session_type == "agent-chat":  # type: ignore[comparison-overlap]  # pyright: ignore[reportUnnecessaryComparison]
        print("typo")
    if key.environment == "production":  # type: ignore[comparison-overlap]  # pyright: ignore[reportUnnecessaryComparison]
        print("typo")
    match status:
        case "actve":  # pyright: ignore[reportUnnecessaryComparison]
            print("typo")
        case _:
            print("known")
    # A text of a later service is compared as a str.
    if str(status) == "paused":
        print("of a later service")


def label(status: Open[SessionStatus]) -> str:
    match status:
        case "active":
            return "goes on"
        case "completed":
            return "over"
        case other:
            return other.upper()


def without_default(status: Open[SessionStatus]) -> str:  # type: ignore[return]  # pyright: ignore[reportReturnType]
    match status:  # pyright: ignore[reportMatchNotExhaustive]
        case "active":
            return "goes on"
        case "completed":
            return "over"


def parameters(client: AgentHuman, session: Session) -> None:
    label(session.status)
    kind: SessionType = "agent_chat"
    client.sessions.create(agent_id="7", session_type=kind)
    client.sessions.list(status="all")
    role: MessageRole = "asistant"  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    client.messages.create("5", content="Hi", role=role)
    client.sessions.create(agent_id="7", session_type="agent_caht")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.sessions.create(agent_id="7", session_type="video")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    # The service may have sent a type that cannot be a parameter.
    client.sessions.create(agent_id="7", session_type=session.session_type)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    if session.session_type in ("agent_chat", "agent_video"):
        client.sessions.create(agent_id="7", session_type=session.session_type)
    make_session(status="completed")
    make_session(status="complete")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def of_rooms(client: AgentHumanRooms, session: rooms.Session, link: rooms.Link) -> None:
    if session.status == "started" or session.status == "active" or session.aspect_ratio == "16:9":
        print("known")
    if session.status == "completed":  # type: ignore[comparison-overlap]  # pyright: ignore[reportUnnecessaryComparison]
        print("a status of the other contract")
    if link.status == "paussed":  # type: ignore[comparison-overlap]  # pyright: ignore[reportUnnecessaryComparison]
        print("typo")
    status: LinkStatus = "expired"  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    client.links.update("lnk_1", status=status)
    client.links.list(status="expired")
    client.sessions.list(status="all")
    client.sessions.list(status="active")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.sessions.create(avatar="avat_1", room={"platform": "daily", "url": "https://a.b", "token": "t"})
    client.sessions.create(avatar="avat_1", room={"platform": "zoom"})  # type: ignore[typeddict-item]  # pyright: ignore[reportArgumentType]
