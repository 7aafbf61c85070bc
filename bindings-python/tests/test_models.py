"""Models: fields, repr, equality, pickling."""

from __future__ import annotations

import copy
import json
import pickle
import pydoc
from datetime import datetime, timedelta, timezone

import pytest

from agenthuman import (
    Agent,
    AgentHumanError,
    Attempt,
    AuthToken,
    CreatedApiKey,
    Message,
    MessageExchange,
    NewApiKeyInfo,
    Page,
    Session,
    json_default,
)
from agenthuman._model import Model

from canned import TIME, agent_values, key_values, message_values, session_values, user_values

SESSION = {
    "id": "5",
    "agent_id": "7",
    "session_type": "agent_chat",
    "status": "active",
    "started_at": "2024-01-15T10:30:00.123456Z",
    "ended_at": None,
    "metadata": {"order": {"items": [1, 2]}},
    "extra": {"mood": "good"},
}


REQUIRED = json.dumps(session_values(), separators=(",", ":"))[:-1] + ","
"""The start of a session in JSON."""


def session() -> Session:
    return Session.from_dict(SESSION)


def test_fields() -> None:
    value = session()
    assert (value.id, value.agent_id, value.status, value.ended_at) == ("5", "7", "active", None)
    assert value.started_at == datetime(2024, 1, 15, 10, 30, 0, 123456, tzinfo=timezone.utc)
    assert value.transcript is None
    assert value.extra == {"mood": "good"}
    assert Session.from_dict(session_values("5")).extra == {}


def test_aliases() -> None:
    assert session().session_id == "5"
    assert session().call_type == "agent_chat"
    message = Message.from_dict({**message_values("1"), "session_id": "5"})
    assert (message.message_id, message.session_id) == ("1", "5")


def test_nested_models() -> None:
    exchange = MessageExchange.from_dict({"message": message_values("1"), "reply": None})
    assert exchange.message == Message.from_dict(message_values("1"))
    assert exchange.reply is None


def test_models_are_immutable() -> None:
    value = session()
    with pytest.raises(AttributeError):
        value.status = "completed"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        value.something = 1  # type: ignore[attr-defined]
    value.metadata["order"]["items"].append(3)  # type: ignore[index]
    value.extra["mood"] = "bad"
    value.to_dict()["metadata"].clear()
    values = json.loads(json.dumps(SESSION))
    made = Session.from_dict(values)
    values["metadata"].clear()
    assert value == made == session()


def test_models_compare_by_value() -> None:
    assert session() == session()
    assert hash(session()) == hash(session())
    assert len({session(), session()}) == 1
    assert session() != Session.from_dict({**SESSION, "status": "completed"})
    assert session() != Session.from_dict({**SESSION, "metadata": {}})
    assert Message.from_dict(message_values("5")) != Session.from_dict(session_values("5"))
    assert session() != SESSION


def test_models_are_pickled_and_copied() -> None:
    value = session()
    for again in (pickle.loads(pickle.dumps(value)), copy.copy(value), copy.deepcopy(value)):
        assert again == value
        assert type(again) is Session


def test_the_canonical_form() -> None:
    assert session().to_dict() == SESSION
    assert json.loads(session().to_json()) == SESSION
    assert Session.from_dict(session().to_dict()) == session()


def test_from_json_creates_the_same_model() -> None:
    assert Session.from_json(session().to_json()) == session()


@pytest.mark.parametrize("text", ["", "5", "[]", "null", '{"id":', '{"id":"5"} x'])
def test_an_invalid_canonical_form_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match="canonical form"):
        Session.from_json(text)
    with pytest.raises(ValueError, match="type set"):
        Session.from_dict({**session_values("5"), "metadata": {"x": {1}}})


NUMBERS = [0, -1, 2**63, -(2**64), 10**40, 0.1, 1e300, 5e-324, 0.1 + 0.2, 123456789012345678, 1234567890123456789]


def test_integers_are_exact() -> None:
    read = Session.from_dict({**session_values("5"), "metadata": {"numbers": NUMBERS}}).metadata
    assert read == {"numbers": NUMBERS}
    assert [type(number) for number in read["numbers"]] == [type(number) for number in NUMBERS]


def test_any_text_round_trips() -> None:
    texts = ["", '"', "\\", "\n\t\u0000", "Zoë", "日本", "😀", "a\u2028b", '\\"', "[{,:}]"]
    value = Session.from_dict(
        {**session_values("5"), "transcript": texts[3], "metadata": {text: texts for text in texts}}
    )
    assert value.transcript == texts[3]
    assert value.metadata == {text: texts for text in texts}
    assert Session.from_json(REQUIRED + '"metadata":{"x":"\\u00e9\\ud83d\\ude00"}}').metadata == {"x": "é😀"}


def test_objects_may_be_nested_as_deeply_as_in_responses() -> None:
    deep: dict[str, object] = {}
    for _ in range(110):
        deep = {"in": deep}
    assert Session.from_dict({**session_values("5"), "metadata": deep}).metadata == deep


def test_equality_is_independent_of_the_form_in_the_response() -> None:
    one = Session.from_json(REQUIRED + '"agent_name":"Zo\\u00eb","duration":12.0,"metadata":{"a":1,"b":[ ]}}')
    other = Session.from_json('{"metadata": {"b":[],"a": 1.0},"duration":12,"agent_name":"Zoë",' + REQUIRED[1:-1] + "}")
    assert one == other
    assert hash(one) == hash(other)


def test_fields_have_docstrings() -> None:
    assert Session.id.__doc__ == "The session's id."  # type: ignore[attr-defined]
    assert "The session's id." in pydoc.plain(pydoc.render_doc(Session))
    assert "metadata" in dir(Session)


def test_subclasses() -> None:
    class Mine(Session):
        __slots__ = ()

        def short(self) -> str:
            return f"{self.id}: {self.status}"

    assert Mine.from_dict(SESSION).short() == "5: active"
    with pytest.raises(TypeError):
        Model.from_dict({"id": "5"})


def test_pattern_matching() -> None:
    match session():
        case Session(id=id, status="active"):
            assert id == "5"
        case _:
            pytest.fail("did not match")


def test_repr_has_the_fields() -> None:
    assert repr(session()) == (
        "Session(id='5', agent_id='7', session_type='agent_chat', status='active', "
        "started_at='2024-01-15T10:30:00.123456Z', ended_at=None, metadata={'order': {'items': [1, 2]}}, extra=<mood>)"
    )
    long = repr(Agent.from_dict({**agent_values("1"), "context": "x" * 10_000}))
    assert len(long) < 200


def test_repr_masks_secrets(key: str, token: str) -> None:
    created = CreatedApiKey.from_dict({"api_key": key_values("1", key[-4:]), "key": key, "extra": {"plain_key": key}})
    login = AuthToken.from_dict({"token": token, "expires_at": TIME, "user": user_values("1")})
    for text in (repr(created), str(created), f"{created}", repr([created]), repr(login), str(login)):
        assert key not in text
        assert token not in text
    assert (
        repr(login) == "AuthToken(token='[redacted]', expires_at='2024-01-15T10:30:00Z', "
        "user=User(id='1', email='ada@example.com', created_at='2024-01-15T10:30:00Z'))"
    )
    assert created.key == created.to_dict()["key"] == key
    assert login.token == token
    assert isinstance(created.api_key, NewApiKeyInfo)


INSTANTS = [
    ("2024-01-15T10:30:00Z", datetime(2024, 1, 15, 10, 30, tzinfo=timezone.utc)),
    ("2024-01-15t10:30:00z", datetime(2024, 1, 15, 10, 30, tzinfo=timezone.utc)),
    ("2024-01-15 10:30:00.5Z", datetime(2024, 1, 15, 10, 30, 0, 500000, tzinfo=timezone.utc)),
    ("2024-01-15T10:30:00.123456789Z", datetime(2024, 1, 15, 10, 30, 0, 123456, tzinfo=timezone.utc)),
    ("2024-01-15T10:30:00,25Z", datetime(2024, 1, 15, 10, 30, 0, 250000, tzinfo=timezone.utc)),
    ("2024-01-15T10:30:00+05:30", datetime(2024, 1, 15, 5, 0, tzinfo=timezone.utc)),
    ("2024-01-15T10:30:00-0800", datetime(2024, 1, 15, 18, 30, tzinfo=timezone.utc)),
    ("2024-01-15T10:30:00+02", datetime(2024, 1, 15, 8, 30, tzinfo=timezone.utc)),
    ("2024-01-15T10:30Z", datetime(2024, 1, 15, 10, 30, tzinfo=timezone.utc)),
    ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=timezone.utc)),
    ("2024-01-15T10:30:00+01:00[Europe/Paris]", datetime(2024, 1, 15, 9, 30, tzinfo=timezone.utc)),
    ("20240115T103000Z", datetime(2024, 1, 15, 10, 30, tzinfo=timezone.utc)),
    ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone.utc)),
    ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=timezone.utc)),
]


@pytest.mark.parametrize(("text", "instant"), INSTANTS)
def test_instants(text: str, instant: datetime) -> None:
    read = Session.from_dict({**session_values("1"), "started_at": text}).started_at
    assert read == instant
    assert read is not None
    assert isinstance(read.utcoffset(), timedelta)


@pytest.mark.parametrize("text", ["soon", "2024-01-15", "", "-000001-01-01T00:00:00Z", "0000-01-01T00:00:00Z"])
def test_an_invalid_instant_stays_in_extra(text: str) -> None:
    value = Session.from_dict({**session_values("1"), "ended_at": text})
    assert value.ended_at is None
    assert value.extra == {"ended_at": text}


def replaced(model: Model, **changes: object) -> Model:
    """`copy.replace`, which Python has from 3.13 on."""
    return model.__replace__(**changes)


def test_replace() -> None:
    value = session()
    ended = datetime(2024, 1, 15, 11, 0, tzinfo=timezone.utc)
    other = replaced(value, status="completed", ended_at=ended, metadata=None, extra={})
    assert other.to_dict() == {
        **{name: SESSION[name] for name in SESSION if name != "extra"},
        "status": "completed",
        "ended_at": "2024-01-15T11:00:00Z",
        "metadata": None,
    }
    assert value == session()
    assert replaced(value) == value
    exchange = MessageExchange.from_dict({"message": message_values("1"), "reply": None})
    assert replaced(exchange, reply=exchange.message).to_dict()["reply"] == message_values("1")

    class Mine(Session):
        __slots__ = ()

    assert type(replaced(Mine.from_dict(SESSION), id="6")) is Mine


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"nope": 1}, "Session has no field nope"),
        ({"status": None}, "Session.status is null"),
        ({"duration": "long"}, "duration of Session has the wrong type, str"),
        ({"ended_at": datetime(2024, 1, 15)}, "ended_at must have a time zone"),
        ({"session_id": "6"}, "Session has no field session_id"),
    ],
)
def test_replace_checks_the_fields(changes: dict[str, object], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        replaced(session(), **changes)


@pytest.mark.skipif(not hasattr(copy, "replace"), reason="copy.replace exists from Python 3.13 on")
def test_copy_replace() -> None:
    assert copy.replace(session(), status="completed").status == "completed"  # type: ignore[attr-defined]


def test_json_dumps_with_the_default() -> None:
    error = AgentHumanError("no", status=404, attempts=[Attempt(404, "not_found", 3)])
    values = {"sessions": [session()], "page": Page([session()], None), "at": session().started_at, "error": error}
    assert json.loads(json.dumps(values, default=json_default)) == {
        "sessions": [SESSION],
        "page": {"items": [SESSION], "next": None},
        "at": "2024-01-15T10:30:00.123456Z",
        "error": error.to_dict(),
    }
    with pytest.raises(TypeError, match="set is not an object of agenthuman"):
        json.dumps({"values": {1}}, default=json_default)


def test_json_dumps_masks_secrets(key: str, token: str) -> None:
    created = CreatedApiKey.from_dict({"api_key": key_values("1", key[-4:]), "key": key, "extra": {"plain_key": key}})
    login = AuthToken.from_dict({"token": token, "expires_at": TIME, "user": user_values("1")})
    text = json.dumps([created, login], default=json_default)
    assert key not in text
    assert token not in text
    assert json.loads(text)[1] == {"token": "[redacted]", "expires_at": TIME, "user": user_values("1")}


def test_an_unknown_text_is_kept() -> None:
    value = Session.from_dict(session_values("1", status="paused", session_type="hologram"))
    assert (str(value.status), type(value.status)) == ("paused", str)
    assert value.to_dict()["session_type"] == "hologram"
    match value:
        case Session(status="active" | "completed"):
            pytest.fail("matched")
        case Session(status=other):
            assert other == "paused"  # type: ignore[comparison-overlap]


def test_choices_at_run_time() -> None:
    from typing import get_args

    from agenthuman import Open, SessionStatus

    assert get_args(SessionStatus) == ("active", "completed")
    assert get_args(Open[SessionStatus]) == (SessionStatus, str)
