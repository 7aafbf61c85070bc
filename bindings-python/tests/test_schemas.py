"""JSON Schema of the models."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError, validate
from pydantic import TypeAdapter
from pydantic import ValidationError as PydanticError

import agenthuman
from agenthuman import AuthToken, MessageExchange, Session, json_default, rooms, testing
from agenthuman._generated.rooms import models
from agenthuman._generated.testing import FACTORIES
from agenthuman._model import Model

from canned import session_values

MODELS: list[type[Model]] = [getattr(agenthuman, name) for name in FACTORIES]
OF_ROOMS: list[type[Model]] = [getattr(rooms, name) for name in models.__all__]


@pytest.mark.parametrize("cls", MODELS)
def test_every_model_has_a_valid_schema(cls: type[Model]) -> None:
    schema = cls.json_schema()
    Draft202012Validator.check_schema(schema)
    assert schema["title"] == cls.__name__
    assert schema["properties"].keys() == {*cls.__match_args__, "extra"}
    validate(FACTORIES[cls.__name__]().to_dict(), schema)


@pytest.mark.parametrize("cls", MODELS)
def test_required_fields(cls: type[Model]) -> None:
    values = FACTORIES[cls.__name__]().to_dict()
    for name in cls.json_schema()["required"]:
        without = {other: value for other, value in values.items() if other != name}
        for parse in (lambda values: validate(values, cls.json_schema()), cls.from_dict):
            with pytest.raises((ValidationError, ValueError)):
                parse(without)
            with pytest.raises((ValidationError, ValueError)):
                parse({**values, name: None})


def test_the_fields_have_types() -> None:
    schema = Session.json_schema()
    for wrong in ({"id": 5}, {"duration": "5"}, {"metadata": []}, {"status": 5}, {"extra": 5}):
        with pytest.raises(ValidationError):
            validate(session_values(**wrong), schema)
    validate(session_values(duration=None, ended_at=None, extra={"mood": "good"}, brand_new=1), schema)


def test_known_texts_are_examples() -> None:
    schema = Session.json_schema()
    status = schema["properties"]["status"]
    assert status["examples"] == ["active", "completed"]
    assert schema["properties"]["session_type"]["examples"][-2:] == ["video", "chat"]
    validate(session_values(status="paused"), schema)


def test_models_inside_a_model() -> None:
    schema = MessageExchange.json_schema()
    assert list(schema["$defs"]) == ["Message"]
    assert schema["properties"]["message"]["$ref"] == "#/$defs/Message"
    with pytest.raises(ValidationError):
        validate({"message": {"id": "5"}}, schema)
    assert "$defs" not in Session.json_schema()
    assert AuthToken.json_schema()["properties"]["token"]["format"] == "password"


def test_a_schema_is_a_copy() -> None:
    for cls in (Session, MessageExchange):
        schema = cls.json_schema()
        before = copy.deepcopy(schema)
        schema["properties"].clear()
        schema.get("$defs", {}).clear()
        assert cls.json_schema() == before


def test_a_schema_of_a_subclass() -> None:
    class Mine(Session):
        __slots__ = ()

    assert Mine.json_schema() == Session.json_schema()
    with pytest.raises(TypeError, match="not a model"):
        Model.json_schema()


@pytest.mark.parametrize("cls", OF_ROOMS)
def test_models_of_the_other_contract(cls: type[Model]) -> None:
    schema = cls.json_schema()
    Draft202012Validator.check_schema(schema)
    assert (schema["title"], schema["properties"].keys()) == (cls.__name__, {*cls.__match_args__, "extra"})


def test_models_of_one_name_are_two() -> None:
    assert rooms.Session.json_schema()["properties"]["status"]["examples"] == ["started", "ended", "active"]
    assert TypeAdapter(rooms.Session).validate_python({"id": "sess_1", "status": "started"}).status == "started"
    with pytest.raises(TypeError, match="not a model"):
        type("Other", (Model,), {"__slots__": (), "_surface": "rooms"}).json_schema()


def test_a_list_of_models() -> None:
    values = {"public_avatars": [{"id": "PUBLIC/a", "tags": ["office"]}, {"id": "PUBLIC/b"}], "my_avatars": []}
    schema = rooms.AvatarList.json_schema()
    assert list(schema["$defs"]) == ["Avatar"]
    validate(values, schema)
    adapter = TypeAdapter(rooms.AvatarList)
    model = adapter.validate_python(values)
    assert (model.public_avatars[0].tags, len(model.my_avatars)) == (["office"], 0)
    assert adapter.dump_python(model, mode="json") == adapter.dump_python(model) == model.to_dict() == values
    assert json.loads(json.dumps(model, default=json_default)) == values
    again = adapter.validate_python({**values, "my_avatars": model.public_avatars})
    assert again.my_avatars[1].id == "PUBLIC/b"
    changed = model.__replace__(my_avatars=model.public_avatars, public_avatars=[])
    assert [avatar.id for avatar in changed.my_avatars] == ["PUBLIC/a", "PUBLIC/b"]
    assert list(changed.public_avatars) == []
    for wrong in ({"public_avatars": {}}, {"public_avatars": [{"tags": []}]}):
        with pytest.raises(PydanticError):
            adapter.validate_python({**values, **wrong})


def test_secrets_in_a_list_of_models_are_masked() -> None:
    session = {"id": "sess_1", "status": "active", "session_token": "the-token"}
    usage = rooms.AccountUsage.from_dict({"active_sessions": [session]})
    in_json = TypeAdapter(rooms.AccountUsage).dump_json(usage).decode()
    for printed in (json.dumps(usage, default=json_default), in_json, repr(usage), str(vars(usage))):
        assert "the-token" not in printed
    assert usage.to_dict()["active_sessions"] == [session]


@pytest.mark.parametrize("cls", [*MODELS, *OF_ROOMS])
@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_pydantic_has_the_same_schema(cls: type[Model], mode: Any) -> None:
    schema = TypeAdapter(cls).json_schema(mode=mode)
    assert list(without_titles(schema)) == list(without_titles(cls.json_schema()))


def without_titles(schema: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Returns the keywords by their places. Pydantic adds titles of fields."""
    if isinstance(schema, dict) and schema:
        for name in sorted(schema):
            if not (name == "title" and "/properties/" in place):
                yield from without_titles(schema[name], f"{place}/{name}")
    else:
        yield place, schema


def test_models_that_tests_make_have_the_schema() -> None:
    make: Callable[..., Session] = testing.session
    for fields in ({"status": "completed", "duration": 5}, {"metadata": {"a": 1}, "ended_at": "2026-01-01T00:00:00Z"}):
        validate(make(**fields).to_dict(), Session.json_schema())
