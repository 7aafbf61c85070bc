"""Models as fields of pydantic models, and as return types of FastAPI routes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Annotated, Any

import pytest
from fastapi import Body, FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel, TypeAdapter, ValidationError, create_model

from agenthuman import (
    Agent,
    AgentHuman,
    ApiKeyInfo,
    AuthToken,
    CreatedApiKey,
    Message,
    MessageExchange,
    OtpRequested,
    Page,
    Role,
    Session,
    User,
    Voice,
)

from canned import (
    TIME,
    Answer,
    Server,
    agent_values,
    key_values,
    message_values,
    session_values,
    user_values,
)

SESSION = {
    "id": "5",
    "agent_id": "7",
    "session_type": "voice",
    "status": "active",
    "started_at": "2024-01-15T10:30:00.123456Z",
    "ended_at": None,
    "metadata": {"order": {"items": [1, 2]}},
    "extra": {"mood": "good"},
}
session = Session.from_dict(SESSION)
exchange = MessageExchange.from_dict({"message": message_values("1"), "reply": None})


class Conversation(BaseModel):
    session: Session
    last: MessageExchange | None = None
    others: list[Session] = []
    page: Page[Session] | None = None


def test_a_field_keeps_an_instance() -> None:
    value = Conversation(session=session, last=exchange, others=[session], page=Page([session], "c"))
    assert value.session is session
    assert value.page is not None
    assert value.page.items == [session]


def test_json_round_trip() -> None:
    value = Conversation(session=session, last=exchange, others=[session], page=Page([session], "c"))
    text = value.model_dump_json()
    assert json.loads(text)["session"] == SESSION
    assert json.loads(text)["page"] == {"items": [SESSION], "next": "c"}
    again = Conversation.model_validate_json(text)
    assert (again.session, again.last, again.others, again.page) == (session, exchange, [session], Page([session], "c"))
    assert again.session.extra == {"mood": "good"}


def test_dump_to_python_values() -> None:
    dumped = Conversation(session=session, last=exchange).model_dump()
    assert dumped["session"]["started_at"] == datetime(2024, 1, 15, 10, 30, 0, 123456, tzinfo=timezone.utc)
    assert dumped["last"]["message"]["created_at"].year == 2024
    assert Conversation.model_validate(dumped).session == session


@pytest.mark.parametrize("cls", [Agent, ApiKeyInfo, Message, OtpRequested, Role, Session, User, Voice])
def test_every_model_has_a_schema(cls: type[Any]) -> None:
    schema = TypeAdapter(cls).json_schema()
    assert schema["title"] == cls.__name__
    assert schema["properties"].keys() == {*cls.__match_args__, "extra"}


def test_a_json_schema() -> None:
    schema = Conversation.model_json_schema()
    definitions = schema["$defs"]
    assert {"Session", "MessageExchange", "Message"} <= definitions.keys()
    started = definitions["Session"]["properties"]["started_at"]
    assert (started["type"], started["format"]) == ("string", "date-time")
    ended = definitions["Session"]["properties"]["ended_at"]
    assert ended["anyOf"] == [{"type": "string", "format": "date-time"}, {"type": "null"}]
    assert definitions["Session"]["required"] == ["id", "agent_id", "session_type", "status", "started_at"]
    assert schema["properties"]["session"] == {"$ref": "#/$defs/Session"}


def test_instants_are_exact() -> None:
    text = "2024-01-15T10:30:00.123456789Z"
    read = TypeAdapter(Session).validate_python({**session_values(), "started_at": text})
    assert read.to_dict()["started_at"] == text
    read = TypeAdapter(Session).validate_python(
        {**session_values(), "id": 5, "started_at": datetime(2024, 1, 1, tzinfo=timezone.utc)}
    )
    assert read.to_dict() == {**session_values(), "started_at": "2024-01-01T00:00:00Z"}


@pytest.mark.parametrize("text", ["2024-01-15T10:30:00.5Z", "2024-01-15T10:30:00+05:30", "2024-01-15 10:30:00Z"])
def test_a_round_trip_in_json_keeps_the_model(text: str) -> None:
    adapter = TypeAdapter(Session)
    made = Session.from_dict({**session_values(), "started_at": text})
    assert adapter.validate_json(adapter.dump_json(made)) == made
    page = TypeAdapter(Page[Session])
    assert page.validate_json(page.dump_json(Page([made], None))) == Page([made], None)


def test_unknown_fields_are_kept() -> None:
    read = TypeAdapter(Session).validate_json(json.dumps({**session_values(), "brand_new": [1], "extra": {"old": 2}}))
    assert read.extra == {"brand_new": [1], "old": 2}
    assert TypeAdapter(Session).dump_python(read, mode="json")["extra"] == {"brand_new": [1], "old": 2}


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({**session_values(), "status": None}, ("status",)),
        ({**session_values(), "id": {}}, ("id",)),
        ({**session_values(), "started_at": "soon"}, ("started_at",)),
        ({**session_values(), "started_at": datetime(2024, 1, 1)}, ("started_at",)),
        ({**session_values(), "metadata": 3}, ("metadata",)),
        (5, ()),
        (None, ()),
        (Agent.from_dict(agent_values("5")), ()),
    ],
)
def test_validation_errors_name_the_field(value: Any, place: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Session).validate_python(value)
    assert caught.value.errors()[0]["loc"] == place


def test_a_page_validates_its_items() -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Page[Session]).validate_python(Page([Agent.from_dict(agent_values("5"))], None))
    with pytest.raises(ValidationError):
        TypeAdapter(Page[Session]).validate_python({"items": [{}], "next": None})


def test_secrets_are_masked(key: str, token: str) -> None:
    created = CreatedApiKey.from_dict({"api_key": key_values("1"), "key": key, "extra": {"plain_key": key}})
    login = AuthToken.from_dict({"token": token, "expires_at": TIME, "user": user_values("1")})

    class Holder(BaseModel):
        created: CreatedApiKey
        login: AuthToken

    holder = Holder(created=created, login=login)
    for text in (
        holder.model_dump_json(),
        str(holder.model_dump()),
        repr(holder),
        str(vars(created)),
        repr(vars(login)),
    ):
        assert key not in text
        assert token not in text
        assert "[redacted]" in text
    assert holder.created.key == key
    assert json.loads(holder.model_dump_json())["created"]["extra"] == {"plain_key": "[redacted]"}
    assert Holder.model_json_schema()["$defs"]["CreatedApiKey"]["properties"]["key"]["format"] == "password"
    with pytest.raises(ValidationError, match="to_json"):
        Holder.model_validate_json(holder.model_dump_json())
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(CreatedApiKey).validate_python({"api_key": {}, "key": key})
    assert key not in str(caught.value.errors(include_input=False))


def test_pydantic_is_not_imported_without_need() -> None:
    code = "import agenthuman, sys; print([name for name in sys.modules if 'pydantic' in name])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out == "[]\n"


app = FastAPI()
client: AgentHuman


@app.get("/typed")
def typed() -> Session:
    return client.sessions.get("5")


@app.get("/untyped")
def untyped():  # type: ignore[no-untyped-def]
    return client.sessions.get("5")


@app.get("/list")
def list_() -> list[Session]:
    return client.sessions.list().all()


@app.get("/items", response_model=list[Session])
def items() -> Sequence[Session]:
    return client.sessions.list().page().items


@app.get("/page")
def page() -> Page[Session]:
    return client.sessions.list().page()


@app.get("/untyped-page")
def untyped_page():  # type: ignore[no-untyped-def]
    return client.sessions.list().page()


@app.get("/untyped-list")
def untyped_list():  # type: ignore[no-untyped-def]
    return client.sessions.list().all()


@app.get("/optional")
def optional() -> Session | None:
    return None


@app.get("/nested")
async def nested() -> Conversation:
    return Conversation(session=session)


@app.post("/body")
def body(session: Annotated[Session, Body()]) -> Session:
    return session


WIRE = {
    "session_id": 5,
    "agent_id": 7,
    "session_type": "voice",
    "status": "active",
    "started_at": "2024-01-15T10:30:00Z",
    "mood": "good",
}
READ = {
    "id": "5",
    "agent_id": "7",
    "session_type": "voice",
    "status": "active",
    "started_at": "2024-01-15T10:30:00Z",
    "extra": {"mood": "good"},
}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/typed", READ),
        ("/list", [READ]),
        ("/items", [READ]),
        ("/page", {"items": [READ], "next": None}),
        ("/optional", None),
    ],
)
def test_routes(key: str, path: str, expected: object) -> None:
    assert routed(key, path) == expected


@pytest.mark.parametrize("path", ["/untyped", "/untyped-list", "/untyped-page"])
def test_routes_without_a_type(key: str, path: str) -> None:
    """FastAPI formats instants of unknown objects with `isoformat`."""
    read = {**READ, "started_at": "2024-01-15T10:30:00+00:00"}
    expected: dict[str, object] = {"/untyped": read, "/untyped-list": [read]}
    assert routed(key, path) == expected.get(path, {"items": [read], "next": None})


def routed(key: str, path: str) -> Any:
    global client

    def answer(request: Any) -> Answer:
        single = request.path.endswith("/5")
        return Answer(200, {"success": True, **({"session": WIRE} if single else {"sessions": [WIRE]})})

    with Server(answer) as server:
        client = AgentHuman(key, base_url=server.url)
        response = TestClient(app).get(path)
    assert response.status_code == 200, response.text
    return response.json()


def test_a_model_as_the_body_of_a_route() -> None:
    page = TestClient(app)
    assert page.post("/body", json=SESSION).json() == SESSION
    refused = page.post("/body", json={"id": {}})
    assert (refused.status_code, refused.json()["detail"][0]["loc"]) == (422, ["body", "id"])
    assert page.get("/nested").json()["session"] == SESSION


def test_openapi_has_each_model_once() -> None:
    document = TestClient(app).get("/openapi.json").json()
    names = document["components"]["schemas"].keys()
    assert {"Session", "Message", "Conversation"} <= names
    assert not [name for name in names if name.startswith(("agenthuman", "Session-"))]
    content = document["paths"]["/typed"]["get"]["responses"]["200"]["content"]["application/json"]
    assert content["schema"] == {"$ref": "#/components/schemas/Session"}


def test_choices_as_fields() -> None:
    from agenthuman import Open, SessionStatus

    # Pydantic evaluates the annotation, so it must find the names.
    model = create_model("Row", status=(Open[SessionStatus], ...), strict=(SessionStatus, "active"))
    assert model.model_validate({"status": "paused"}).model_dump() == {"status": "paused", "strict": "active"}
    with pytest.raises(ValidationError):
        model.model_validate({"status": "active", "strict": "paused"})


def test_an_unknown_text_is_valid() -> None:
    read = TypeAdapter(Session).validate_python(session_values(status="paused"))
    assert read.to_dict()["status"] == "paused"
