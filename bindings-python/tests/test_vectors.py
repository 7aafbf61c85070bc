"""Runs every vector of contract/vectors, sync and async."""

from __future__ import annotations

import asyncio
import inspect
import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from jsonschema import FormatChecker, validate

from agenthuman import AgentHuman, AgentHumanError, AsyncAgentHuman, Page
from agenthuman._model import Model
from agenthuman.rooms import AgentHumanRooms, AsyncAgentHumanRooms

from canned import Answer, Request, Server
from conftest import ROOT

FILES = sorted((ROOT / "contract" / "vectors").rglob("*.json"))
VECTORS = {vector["name"]: vector for file in FILES for vector in json.loads(file.read_text())}
IN_ROOMS = {vector["name"] for file in FILES if file.parent.name == "rooms" for vector in json.loads(file.read_text())}
KNOWN = {"name", "source", "operation", "params", "file", "request", "answer", "expect"}


def test_every_file_holds_vectors_of_known_fields() -> None:
    read = [json.loads(file.read_text()) for file in FILES]
    assert all(read)
    assert sum(len(vectors) for vectors in read) == len(VECTORS) > 150
    for vector in VECTORS.values():
        assert vector.keys() <= KNOWN, vector["name"]


@pytest.mark.parametrize("name", VECTORS)
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_vector(name: str, kind: str, key: str, token: str, tmp_path: Path) -> None:
    vector = VECTORS[name]
    params = dict(vector["params"])
    if "file" in vector:
        path = tmp_path / vector["file"]["name"]
        path.write_bytes(vector["file"]["text"].encode())
        params["file"] = path
    run = run_sync if kind == "sync" else run_async
    with Server(answer_of(vector["answer"])) as server:
        outcome = run(name in IN_ROOMS, server.url, key, token, vector["operation"], params)
    assert len(server.requests) == 1
    check_request(server.requests[0], vector["request"])
    check_outcome(outcome, vector["expect"])
    if isinstance(outcome, AgentHumanError):
        text = f"{outcome} {outcome!r} {outcome.__dict__}"
        assert key not in text
        assert token not in text


def answer_of(answer: dict[str, Any]) -> Answer:
    if "base64" in answer:
        return Answer(answer["status"], content=b64decode(answer["base64"]), headers=answer.get("headers"))
    text = answer["text"] if "text" in answer else json.dumps(answer["body"], ensure_ascii=False)
    return Answer(answer["status"], text=text, headers=answer.get("headers"), cut=answer.get("cut", 0))


def method(client: Any, operation: str, params: dict[str, Any]) -> Any:
    resource, verb = operation.split(".")
    return getattr(getattr(client, resource), verb)(**params)


def run_sync(in_rooms: bool, url: str, key: str, token: str, operation: str, params: dict[str, Any]) -> Any:
    options: dict[str, Any] = {"base_url": url, "max_retries": 0}
    with AgentHumanRooms(key, **options) if in_rooms else AgentHuman(key, token, **options) as client:
        try:
            result = method(client, operation, params)
            return result.page() if hasattr(result, "page") else result
        except AgentHumanError as error:
            return error


def run_async(in_rooms: bool, url: str, key: str, token: str, operation: str, params: dict[str, Any]) -> Any:
    async def run() -> Any:
        options: dict[str, Any] = {"base_url": url, "max_retries": 0}
        async with (
            AsyncAgentHumanRooms(key, **options) if in_rooms else AsyncAgentHuman(key, token, **options) as client
        ):
            try:
                result = method(client, operation, params)
                return await (result if inspect.isawaitable(result) else result.page())
            except AgentHumanError as error:
                return error

    return asyncio.run(run())


def check_request(request: Request, expected: dict[str, Any]) -> None:
    assert request.method == expected["method"]
    assert request.path == expected["path"]
    assert request.query == expected.get("query", {})
    assert request.credential == expected["credential"]
    if "multipart" in expected:
        parts = request.parts()
        assert parts.keys() == expected["multipart"].keys()
        for name, value in expected["multipart"].items():
            about, content = parts[name]
            if name == "file":
                assert about["filename"] == value["filename"]
                assert about["content_type"] == value["content_type"]
                value = value["text"]
            assert content.decode() == value
    elif "body" in expected:
        assert request.json() == expected["body"]
    else:
        assert request.body == b""


def check_outcome(outcome: Any, expected: dict[str, Any]) -> None:
    [(kind, value)] = expected.items()
    if kind == "error":
        assert isinstance(outcome, AgentHumanError), outcome
        for name, wanted in value.items():
            assert getattr(outcome, name) == wanted or (not wanted and not getattr(outcome, name)), name
        return
    if isinstance(outcome, AgentHumanError):
        raise outcome
    if kind == "model":
        assert isinstance(outcome, Model)
        check_model(outcome, value)
    elif kind == "page":
        assert isinstance(outcome, Page)
        for item, expected_item in zip(outcome.items, value["items"], strict=True):
            check_model(item, expected_item)
        assert outcome.next == value["next"]
    else:
        assert kind == "nothing"
        assert outcome is None


def check_model(model: Model, expected: dict[str, Any]) -> None:
    assert same(model.to_dict(), expected)
    validate(model.to_dict(), model.json_schema(), format_checker=FormatChecker())


def same(one: Any, other: Any) -> bool:
    """Deep equality that distinguishes true from 1, but not 0 from 0.0."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(*pair) for pair in zip(one, other, strict=True))
    return bool(one == other)
