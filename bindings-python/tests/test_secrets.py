"""A key, a token and a code do not appear in any printed text, whatever fails."""

from __future__ import annotations

import io
import logging
import pickle
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from agenthuman import AgentHuman, AgentHumanError, AsyncAgentHuman

from canned import Answer, Request, Server
from conftest import made_up_key, made_up_token

CODE = "974613"


class Planted:
    """Secrets, and all text that was printed about errors."""

    def __init__(self) -> None:
        self.key = made_up_key("live")
        self.token = made_up_token()
        self.secrets = {"key": self.key, "token": self.token, "code": CODE, "password": "hunter2-pw"}
        self.printed = io.StringIO()
        self.log = logging.getLogger("test_secrets")
        self.log.addHandler(logging.StreamHandler(self.printed))
        self.log.propagate = False

    def note(self, error: BaseException) -> None:
        """Prints an error in all the ways in which a program may."""
        again = pickle.loads(pickle.dumps(error))
        for each in (error, again):
            print(each, repr(each), each.args, vars(each), getattr(each, "__notes__", ""), file=self.printed)
        self.log.error("failed", exc_info=error)
        print("".join(traceback.format_exception(error)), file=self.printed)

    def found(self) -> list[str]:
        return [name for name, secret in self.secrets.items() if secret in self.printed.getvalue()]


@pytest.fixture
def planted() -> Planted:
    return Planted()


def echo(planted: Planted, status: int) -> Callable[[Request], Answer]:
    """Returns the whole request in the response."""

    def answer(request: Request) -> Answer:
        text = f"{request.headers} {request.body!r} code {CODE} https://me:{planted.secrets['password']}@host/"
        body = {
            "success": False,
            "error": {"message": text, "suggestion": text, "details": {"seen": [text, {text: 1}]}},
        }
        return Answer(status, body, headers={"x-request-id": "r", "location": f"https://x/{planted.key}"})

    return answer


def garbage(planted: Planted) -> Callable[[Request], Answer]:
    return lambda request: Answer(200, text=f"<html>{request.headers} {planted.token} {CODE}</html>")


def malformed_keys(planted: Planted, url: str) -> None:
    AgentHuman(planted.key + "!", base_url=url)


def key_as_token(planted: Planted, url: str) -> None:
    AgentHuman(token=planted.key, base_url=url)


def token_as_key(planted: Planted, url: str) -> None:
    AgentHuman(planted.token, base_url=url)


def user_info(planted: Planted, url: str) -> None:
    AgentHuman(planted.key, base_url=f"https://me:{planted.secrets['password']}@host")


def key_in_url(planted: Planted, url: str) -> None:
    AgentHuman(planted.key, base_url=f"ftp://{planted.key}/")


def header_value(planted: Planted, url: str) -> None:
    AgentHuman(headers={"x-mine": planted.key + "\n"}, base_url=url)


def bad_code(planted: Planted, url: str) -> None:
    AgentHuman(base_url=url).auth.verify_otp("ada@example.com", CODE + "0")


def secret_as_id(planted: Planted, url: str) -> None:
    AgentHuman(planted.key, base_url=url).sessions.get(planted.key + "\n")


def secret_unconvertible(planted: Planted, url: str) -> None:
    AgentHuman(planted.key, base_url=url).sessions.create(agent_id="1", metadata={"x": {planted.key}})


def secret_in_class(planted: Planted, url: str) -> None:
    class Holder:
        def __repr__(self) -> str:
            return planted.key

    AgentHuman(Holder(), base_url=url)  # type: ignore[arg-type]


BEFORE = [
    malformed_keys,
    key_as_token,
    token_as_key,
    user_info,
    key_in_url,
    header_value,
    bad_code,
    secret_as_id,
    secret_unconvertible,
    secret_in_class,
]


@pytest.mark.parametrize("fail", BEFORE)
def test_rejected_secrets_are_not_printed(planted: Planted, fail: Callable[[Planted, str], None]) -> None:
    with Server(Answer(200, {})) as server:
        with pytest.raises(AgentHumanError) as caught:
            fail(planted, server.url)
        assert server.requests == []
    # The frames of the test contain the secret; only printed text is checked.
    planted.note(caught.value)
    assert planted.found() == []


CALLS: list[Callable[[Any], Any]] = [
    lambda client: client.sessions.get("5"),
    lambda client: client.auth.me(),
    lambda client: client.auth.refresh(),
    lambda client: client.auth.verify_otp("ada@example.com", CODE),
    lambda client: client.api_keys.create(name="x", environment="test"),
    lambda client: client.api_keys.rotate("1", store=print),
    lambda client: client.avatars.upload(file=b"x", name="x"),
    lambda client: client.sessions.list().page(),
    lambda client: client.request("GET", "/v1/x"),
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 409, 422, 429, 500, 503])
async def test_secrets_in_responses_are_not_printed(
    planted: Planted, status: int, call: Callable[[Any], Any], capfd: pytest.CaptureFixture[str]
) -> None:
    with Server(echo(planted, status)) as server:
        await both(planted, server.url, call)
        assert server.requests
    # The code is a secret only in the call that sends it.
    assert [name for name in planted.found() if name != "code" or "verify" in server.requests[0].path] == []
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("call", CALLS[:4])
async def test_secrets_in_unreadable_responses_are_not_printed(planted: Planted, call: Callable[[Any], Any]) -> None:
    with Server(garbage(planted)) as server:
        await both(planted, server.url, call)
    assert [name for name in planted.found() if name != "code" or "verify" in server.requests[0].path] == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", None])
async def test_errors_of_connections_have_no_secrets(planted: Planted, url: str | None) -> None:
    with Server(Answer(silent=True)) as server:
        await both(planted, url or server.url, CALLS[0], timeout=0.05)
        await both(planted, url or server.url, CALLS[3], timeout=0.05)
    assert planted.found() == []


async def both(planted: Planted, url: str, call: Callable[[Any], Any], **options: Any) -> None:
    sync = AgentHuman(planted.key, planted.token, base_url=url, max_retries=0, **options)
    client = AsyncAgentHuman(planted.key, planted.token, base_url=url, max_retries=0, **options)
    print(sync, repr(client), vars(type(sync)), file=planted.printed)
    with pytest.raises(AgentHumanError) as caught:
        call(sync)
    planted.note(caught.value)
    with pytest.raises(AgentHumanError) as caught:
        await call(client)
    planted.note(caught.value)


def test_the_check_finds_printed_secrets(planted: Planted) -> None:
    assert planted.found() == []
    planted.note(AgentHumanError(f"refused {planted.key}"))
    assert planted.found() == ["key"]
    planted.note(AgentHumanError("refused", details={"seen": [planted.token]}, suggestion=CODE))
    assert planted.found() == ["key", "token", "code"]
