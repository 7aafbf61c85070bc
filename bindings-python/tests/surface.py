"""Prints the public API of the package as JSON, by introspection, for `cargo xtask parity`."""

from __future__ import annotations

import inspect
import json
from typing import Any

import agenthuman
from agenthuman import rooms, sandbox, testing
from agenthuman._events import EVENTS
from agenthuman._model import Model
from agenthuman._native import Field

# Parameters of every call or file, which do not belong to an operation.
OF_ANY_CALL = {"self", "timeout", "max_retries", "extra_headers", "file_name", "content_type", "on_progress"}


def operations() -> dict[str, list[str]]:
    sync = operations_of(agenthuman.AgentHuman(base_url="http://127.0.0.1:1"))
    assert sync == operations_of(agenthuman.AsyncAgentHuman(base_url="http://127.0.0.1:1")), (
        "the sync and async clients differ"
    )
    return sync


def operations_of(client: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for resource in public(client):
        value = getattr(client, resource)
        if callable(value) or resource == "with_raw_response":
            continue
        for verb in public(value):
            parameters = inspect.signature(getattr(value, verb)).parameters
            found[f"{resource}.{verb}"] = [name for name in parameters if name not in OF_ANY_CALL]
    return found


def errors() -> dict[str, dict[str, str]]:
    classes = [
        value
        for value in exported()
        if issubclass(value, agenthuman.AgentHumanError) and value is not agenthuman.AgentHumanError
    ]
    return {kind.code: {"class": kind.__name__, "parent": kind.__bases__[0].__name__} for kind in classes}


def error_fields() -> list[str]:
    # Python has the status by two names, and JSON by methods.
    ours = set(dir(agenthuman.AgentHumanError(""))) - set(dir(Exception(""))) - {"status_code", "to_dict", "to_json"}
    return sorted(name for name in ours if not name.startswith("_"))


def models() -> dict[str, list[str]]:
    return {model.__name__: [*model.__match_args__, "extra"] for model in model_classes()}


def aliases() -> dict[str, list[str]]:
    found = {}
    for model in model_classes():
        properties = [name for name, value in vars(model).items() if isinstance(value, Field)]
        others = [name for name in properties if name not in model.__match_args__]
        if others:
            found[model.__name__] = others
    return found


def helpers() -> dict[str, list[str]]:
    """The members of the classes for tests. Stubs are configured as each language does it."""
    values = (getattr(module, name) for module in (sandbox, testing) for name in module.__all__)
    classes = [value for value in values if isinstance(value, type) and not issubclass(value, BaseException)]
    return {kind.__name__: members(kind) for kind in classes if not kind.__name__.endswith("Stub")}


def members(kind: type) -> list[str]:
    if issubclass(kind, tuple):
        return list(kind._fields)
    mocks = (testing.Mock, testing.RoomsMock)
    found = {*dir(kind), *kind.__annotations__, *(vars(kind()) if kind in mocks else ())}
    # The clients for asyncio are Python's alone.
    found -= {"async_client", "async_rooms_client"}
    return sorted(name for name in found if not name.startswith("_"))


def model_classes() -> list[type[Model]]:
    return [value for value in exported() if issubclass(value, Model)]


def exported() -> list[type]:
    values = (getattr(agenthuman, name) for name in agenthuman.__all__)
    return [value for value in values if isinstance(value, type)]


def contracts() -> dict[str, object]:
    """What the clients of the other contracts have."""
    sync = operations_of(rooms.AgentHumanRooms(base_url="http://127.0.0.1:1"))
    assert sync == operations_of(rooms.AsyncAgentHumanRooms(base_url="http://127.0.0.1:1")), "the clients differ"
    classes = [kind for name in rooms.__all__ if isinstance(kind := getattr(rooms, name), type)]
    models = {kind.__name__: [*kind.__match_args__, "extra"] for kind in classes if issubclass(kind, Model)}
    clients = (rooms.AgentHumanRooms, rooms.AsyncAgentHumanRooms)
    return {"rooms": {"operations": sync, "models": models, "options": options(*clients)}}


def options(*clients: type) -> list[str]:
    sync, asynchronous = (
        [name for name in inspect.signature(client.__init__).parameters if name != "self"]  # type: ignore[misc]
        for client in clients
    )
    assert sync == asynchronous, "the options of the sync and async clients differ"
    return sync


def events() -> dict[str, list[str]]:
    return {hook: list(event.__match_args__) for hook, event in EVENTS.items()}


def public(value: object) -> list[str]:
    return [name for name in dir(value) if not name.startswith("_")]


if __name__ == "__main__":
    surface = {
        "language": "python",
        "operations": operations(),
        "errors": errors(),
        "error_fields": error_fields(),
        "models": models(),
        "aliases": aliases(),
        "helpers": helpers(),
        "options": options(agenthuman.AgentHuman, agenthuman.AsyncAgentHuman),
        "contracts": contracts(),
        "events": events(),
    }
    print(json.dumps(surface, indent=2))
