"""Models: what is read, what is shown, and that they are values."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import datetime, timedelta, timezone

import pytest

from agenthuman import Agent, ApiKeyInfo, AuthToken, CreatedApiKey, Message, MessageExchange, Session

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


def session() -> Session:
    return Session.from_dict(SESSION)


def test_fields_are_read() -> None:
    value = session()
    assert (value.id, value.agent_id, value.status, value.ended_at) == ("5", "7", "active", None)
    assert value.started_at == datetime(2024, 1, 15, 10, 30, 0, 123456, tzinfo=timezone.utc)
    assert value.transcript is None
    assert value.extra == {"mood": "good"}
    assert Session.from_dict({"id": "5"}).extra == {}


def test_other_names_of_a_field_read_too() -> None:
    assert session().session_id == "5"
    assert session().call_type == "agent_chat"
    message = Message.from_dict({"id": "1", "session_id": "5"})
    assert (message.message_id, message.session_id) == ("1", "5")


def test_models_within_models() -> None:
    exchange = MessageExchange.from_dict({"message": {"id": "1"}, "reply": None})
    assert exchange.message == Message.from_dict({"id": "1"})
    assert exchange.reply is None


def test_a_model_does_not_change() -> None:
    value = session()
    with pytest.raises(AttributeError):
        value.status = "completed"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        value.something = 1  # type: ignore[attr-defined]
    value.metadata["order"]["items"].append(3)  # type: ignore[index]
    value.extra["mood"] = "bad"
    value.to_dict()["metadata"].clear()
    given = json.loads(json.dumps(SESSION))
    made = Session.from_dict(given)
    given["metadata"].clear()
    assert value == made == session()


def test_models_compare_by_value() -> None:
    assert session() == session()
    assert hash(session()) == hash(session())
    assert len({session(), session()}) == 1
    assert session() != Session.from_dict({**SESSION, "status": "completed"})
    assert session() != Session.from_dict({**SESSION, "metadata": {}})
    assert Message.from_dict({"id": "5"}) != Session.from_dict({"id": "5"})
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


def test_matching() -> None:
    match session():
        case Session(id=id, status="active"):
            assert id == "5"
        case _:
            pytest.fail("did not match")


def test_a_repr_shows_what_is_there() -> None:
    assert repr(session()) == (
        "Session(id='5', agent_id='7', session_type='agent_chat', status='active', "
        "started_at='2024-01-15T10:30:00.123456Z', ended_at=None, metadata={'order': {'items': [1, 2]}}, extra=<mood>)"
    )
    long = repr(Agent.from_dict({"id": "1", "context": "x" * 10_000}))
    assert len(long) < 200


def test_a_repr_shows_no_secret(key: str, token: str) -> None:
    created = CreatedApiKey.from_dict(
        {"api_key": {"id": "1", "last4": key[-4:]}, "key": key, "extra": {"plain_key": key}}
    )
    login = AuthToken.from_dict({"token": token, "user": {"id": "1"}})
    for shown in (repr(created), str(created), f"{created}", repr([created]), repr(login), str(login)):
        assert key not in shown
        assert token not in shown
    assert repr(login) == "AuthToken(token='[redacted]', user=User(id='1'))"
    assert created.key == created.to_dict()["key"] == key
    assert login.token == token
    assert isinstance(created.api_key, ApiKeyInfo)


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
]


@pytest.mark.parametrize(("text", "instant"), INSTANTS)
def test_instants(text: str, instant: datetime) -> None:
    read = Session.from_dict({"id": "1", "started_at": text}).started_at
    assert read == instant
    assert read is not None
    assert isinstance(read.utcoffset(), timedelta)


@pytest.mark.parametrize("text", ["-000001-01-01T00:00:00Z", "soon", "2024-01-15", ""])
def test_an_instant_that_python_has_not_reads_as_none(text: str) -> None:
    value = Session.from_dict({"id": "1", "started_at": text})
    assert value.started_at is None
    assert value.to_dict()["started_at"] == text
