"""Compares the error classes with contract/errors.json: every kind has a class, and every class a kind."""

from __future__ import annotations

import copy
import inspect
import json
import logging
import pickle
import traceback
from typing import Any

import pytest

import agenthuman
from agenthuman import AgentHuman, AgentHumanError, APIConnectionError, APITimeoutError, Attempt, RateLimitError
from agenthuman._generated.errors import error_from_info

from canned import Answer, Server
from conftest import ROOT

TABLE: dict[str, Any] = json.loads((ROOT / "contract" / "errors.json").read_text())
KINDS: list[dict[str, Any]] = TABLE["kinds"]
FIELDS: list[str] = [field["name"] for field in TABLE["fields"]]
CODES = [kind["code"] for kind in KINDS]

FULL = {
    "code": "rate_limited",
    "message": "Too many requests",
    "suggestion": "Wait.",
    "status": 429,
    "details": {"limit": [1, None]},
    "request_id": "r-1",
    "operation": "sessions.get",
    "attempts": [
        {"status": None, "code": "connection", "duration_ms": 3},
        {"status": 429, "code": "rate_limited", "duration_ms": 5},
    ],
    "retryable": True,
    "retry_after": 1.5,
    "outcome_unknown": False,
    "phase": None,
    "parameter": None,
}


def test_the_example_has_every_field() -> None:
    assert sorted(FULL) == sorted(FIELDS)


@pytest.mark.parametrize("kind", KINDS, ids=CODES)
def test_every_kind_has_its_class(kind: dict[str, Any]) -> None:
    error = error_from_info({**FULL, "code": kind["code"]})
    assert type(error) is getattr(agenthuman, kind["class"])
    assert error.code == kind["code"] == type(error).code
    parents = {other["code"]: other["class"] for other in KINDS}
    assert type(error).__bases__[0].__name__ == parents.get(kind["parent"], TABLE["base"])
    builtins = [base.__name__ for base in type(error).__bases__[1:]]
    assert builtins == ([kind["python_base"]] if kind["python_base"] else [])
    assert type(error)("Text").retryable == kind["retryable"]
    assert inspect.getdoc(type(error)).replace("\n", " ") == kind["doc"]


def test_every_class_has_a_kind() -> None:
    classes = {
        value.__name__
        for value in vars(agenthuman).values()
        if isinstance(value, type) and issubclass(value, BaseException)
    }
    assert classes == {kind["class"] for kind in KINDS} | {TABLE["base"]}


@pytest.mark.parametrize("code", CODES)
def test_an_error_keeps_its_fields_through_pickle_and_copy(code: str) -> None:
    error = error_from_info({**FULL, "code": code})
    for again in (error, pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(again) is type(error)
        line = f"Too many requests. Wait. (code {code}, status 429, operation sessions.get, request id r-1)"
        assert (str(again), repr(again)) == (line, f"{type(error).__name__}({line!r})")
        assert (again.message, again.args) == ("Too many requests", ("Too many requests",))
        assert "".join(traceback.format_exception(again)).count("Wait.") == 1
        for name in FIELDS:
            expected = FULL[name] if name != "code" else code
            if name == "attempts":
                expected = (Attempt(None, "connection", 3), Attempt(429, "rate_limited", 5))
            assert getattr(again, name) == expected, name


def test_an_unknown_code_gives_the_base_class() -> None:
    error = error_from_info({**FULL, "code": "of_a_later_version"})
    assert type(error) is AgentHumanError
    assert error.code == "of_a_later_version"
    assert type(pickle.loads(pickle.dumps(error))) is AgentHumanError


@pytest.mark.parametrize(
    ("message", "suggestion", "line"),
    [
        ("It broke", None, "It broke"),
        ("It broke", "", "It broke"),
        ("It broke", "Mend it.", "It broke. Mend it."),
        ("It broke.", "Mend it.", "It broke. Mend it."),
        ("Is it broken?", "Mend it.", "Is it broken? Mend it."),
        ("It broke\r\nin two", "\x1b[2JMend\u2028it.", "It broke\\r\\nin two. \\u{1b}[2JMend\\u{2028}it."),
        ("half a pair: \ud800", None, "half a pair: " + 3 * "\ufffd"),
    ],
)
def test_str_is_one_line(message: str, suggestion: str | None, line: str) -> None:
    error = AgentHumanError(message, suggestion=suggestion)
    assert str(error) == line
    assert traceback.format_exception_only(error) == [f"agenthuman.AgentHumanError: {line}\n"]


def test_str_of_a_failed_call_has_status_operation_and_request_id(key: str, caplog: pytest.LogCaptureFixture) -> None:
    answer = Answer(404, {"error": "Session\nnot found"}, headers={"x-request-id": "r-7"})
    with Server(answer) as server, AgentHuman(key, base_url=server.url) as client:
        try:
            client.sessions.get("7")
        except AgentHumanError as error:
            caught = error
            logging.getLogger("app").exception("failed")
    line = f"{caught.suggestion} (code not_found, status 404, operation sessions.get, request id r-7)"
    assert str(caught) == f"Session\\nnot found. {line}"
    assert caught.message == "Session\nnot found"
    assert caplog.text.splitlines()[-1] == f"agenthuman.NotFoundError: {caught}"


@pytest.mark.parametrize(("status", "line"), [("gone", "no"), (70_000, "no"), (404, "no (status 404)")])
def test_str_of_a_hand_made_error_never_fails(status: Any, line: str) -> None:
    assert str(AgentHumanError("no", status=status)) == line
    assert str(AgentHumanError(7)) == "7"  # type: ignore[arg-type]


def test_builtin_exceptions_are_base_classes() -> None:
    with pytest.raises(ConnectionError):
        raise APIConnectionError("x")
    with pytest.raises(TimeoutError):
        raise APITimeoutError("x")
    assert APIConnectionError("x", phase="dns").errno is None


def test_errors_can_be_created_in_tests() -> None:
    error = RateLimitError("slow down", retry_after=3)
    assert (error.code, error.retry_after, error.retryable, error.attempts) == ("rate_limited", 3, True, ())


def test_the_status_has_two_names() -> None:
    error = agenthuman.APIStatusError("no", status=404)
    assert error.status_code == error.status == 404
    assert agenthuman.AgentHumanError("no").status_code is None


def test_json_of_an_error() -> None:
    error = error_from_info(FULL)
    line = error.to_json()
    assert "\n" not in line
    assert json.loads(line) == error.to_dict()
    present = {name: value for name, value in FULL.items() if value is not None}
    assert error.to_dict() == {"name": "RateLimitError", **present}
    assert AgentHumanError("no").to_dict() == {
        "name": "AgentHumanError",
        "code": "",
        "message": "no",
        "attempts": [],
        "retryable": False,
        "outcome_unknown": False,
    }
    assert "<object object" in AgentHumanError("no", details=object()).to_json()


def test_json_of_a_failed_call_is_one_line_without_secrets(key: str) -> None:
    body = {"error": f"Key {key}\nis\u2028bad", "details": {"api_key": key}}
    with Server(Answer(404, body, headers={"x-request-id": "r-7"})) as server:
        client = AgentHuman(key, base_url=server.url)
        with client, pytest.raises(AgentHumanError) as caught:
            client.sessions.get("7")
    line = caught.value.to_json()
    assert key not in line
    assert len(line.splitlines()) == 1
    fields = json.loads(line)
    names = ("name", "code", "status", "operation", "request_id")
    assert [fields[name] for name in names] == ["NotFoundError", "not_found", 404, "sessions.get", "r-7"]
    assert fields["message"].startswith("Key ")
    assert fields["suggestion"]
    assert [attempt["status"] for attempt in fields["attempts"]] == [404]
