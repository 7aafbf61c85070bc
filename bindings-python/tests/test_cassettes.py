"""`agenthuman.testing.Cassette`: recording and replaying, in both clients, in every event loop, and the fixture."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import trio

import agenthuman
from agenthuman import AgentHuman, AsyncAgentHuman, ClosedError, ConfigurationError, NotRecordedError
from agenthuman.testing import Cassette

from canned import Answer, Request, Server, session_row
from conftest import made_up_key, made_up_token

SESSION = session_row(1)


@pytest.fixture(autouse=True)
def _not_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cassettes" / "test.json"


def poison(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that read its environment would fail."""
    monkeypatch.setenv("AGENTHUMAN_API_KEY", "no key")
    monkeypatch.setenv("AGENTHUMAN_BASE_URL", "no URL")
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere")
    monkeypatch.setenv("HTTPS_PROXY", "no proxy")


def converse(client: AgentHuman) -> list[Any]:
    """A program with a list, a retry, an error and an upload."""
    found: list[Any] = [agent.name for agent in client.agents.list()]
    created = client.sessions.create(agent_id="1")
    found.append(client.messages.create(created.id, content="Hello!").reply)
    with pytest.raises(agenthuman.NotFoundError) as error:
        client.sessions.get("999")
    found += [str(error.value), [attempt.status for attempt in error.value.attempts]]
    sent: list[int] = []
    avatar = client.avatars.upload(
        file=b"a picture", name="Ada", file_name="a.png", on_progress=lambda n, _: sent.append(n)
    )
    return [*found, avatar, sent]


def test_a_program_is_recorded_and_replayed(
    path: Path, sandbox: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Cassette(path) as cassette:
        assert cassette.mode == "record"
        recorded = converse(cassette.client(sandbox["api_key"], base_url=sandbox["url"]))
    before = path.read_text()
    poison(monkeypatch)
    with Cassette(path) as cassette:
        assert cassette.mode == "replay"
        assert converse(cassette.client()) == recorded
        cassette.assert_all_played()
    assert path.read_text() == before
    assert sandbox["api_key"] not in before


@pytest.mark.parametrize("run", [asyncio.run, lambda coroutine: trio.run(lambda: coroutine)])
def test_an_async_program_is_recorded_and_replayed(
    path: Path, sandbox: dict[str, str], run: Callable[[Awaitable[Any]], Any]
) -> None:
    async def program(client: AsyncAgentHuman) -> list[Any]:
        async with client:
            names = [agent.name async for agent in client.agents.list()]
            created = await client.sessions.create(agent_id="1")
            return [names, created, (await client.messages.create(created.id, content="Hello!")).reply]

    with Cassette(path) as cassette:
        recorded = run(program(cassette.async_client(sandbox["api_key"], base_url=sandbox["url"])))
    with Cassette(path) as cassette:
        assert run(program(cassette.async_client())) == recorded
        cassette.assert_all_played()


def test_secrets_are_masked_and_replayed_as_usable_values(path: Path, sandbox: dict[str, str]) -> None:
    def program(cassette: Cassette, **options: Any) -> agenthuman.CreatedApiKey:
        client = cassette.client(**options)
        stored: list[agenthuman.CreatedApiKey] = []
        created = client.api_keys.create(name="n", environment="test")
        assert client.api_keys.rotate(created.api_key.id, store=stored.append) == stored[0]
        assert stored[0].key[-4:] == stored[0].api_key.last4
        assert AgentHuman(stored[0].key)
        return stored[0]

    with Cassette(path) as cassette:
        created = program(cassette, token=sandbox["token"], base_url=sandbox["url"])
    text = path.read_text()
    for secret in (created.key[:30], sandbox["token"][30:60]):
        assert secret not in text
    with Cassette(path) as cassette:
        assert program(cassette).key[-4:] == created.key[-4:]
        cassette.assert_all_played()


def test_a_request_that_was_not_recorded(path: Path) -> None:
    with Server(Answer(200, {"session": SESSION})) as server, Cassette(path) as cassette:
        cassette.client(made_up_key(), base_url=server.url).sessions.get("1")
    with Cassette(path) as cassette:
        client = cassette.client()
        with pytest.raises(AssertionError, match=r"GET /v1/sessions/2 \(sessions.get\) was not recorded in") as error:
            client.sessions.get("2")
        assert isinstance(error.value, NotRecordedError)
        assert (error.value.retryable, error.value.operation) == (False, "sessions.get")
        assert cassette.unplayed == ["GET /v1/sessions/1 (sessions.get)"]
        with pytest.raises(NotRecordedError, match="that were not made: GET /v1/sessions/1"):
            cassette.assert_all_played()
        # The program handled the error, and the test would pass.
        with pytest.raises(NotRecordedError, match=r"that were not recorded in .*: GET /v1/sessions/2"):
            cassette.close()
    with pytest.raises(ClosedError, match="is closed"):
        client.sessions.get("1")


def test_a_failed_block_writes_nothing(path: Path) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        Server(Answer(200, {"session": SESSION})) as server,
        Cassette(path) as cassette,
    ):
        cassette.client(made_up_key(), base_url=server.url).sessions.get("1")
        raise ZeroDivisionError
    assert not path.exists()


def test_modes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match="does not exist"):
        Cassette(path, mode="replay")
    with pytest.raises(ConfigurationError, match="mode must be"):
        Cassette(path, mode="once")  # type: ignore[arg-type]
    monkeypatch.setenv("CI", "true")
    with pytest.raises(ConfigurationError, match="nothing is recorded in CI"):
        Cassette(path)
    with Cassette(path, mode="record"):
        pass
    with Cassette(str(path)) as cassette:
        assert (cassette.mode, repr(cassette)) == ("replay", f"Cassette({str(path)!r}, mode='replay')")
    with pytest.raises(TypeError, match="timeuot"):
        cassette.client(timeuot=1)


def test_functions_for_credentials_are_called(path: Path) -> None:
    def program(cassette: Cassette, **options: Any) -> list[str]:
        called: list[str] = []

        def key() -> str:
            called.append("key")
            return made_up_key()

        cassette.client(key, **options).sessions.get("1")
        return called

    refused = Answer(401, {"success": False, "error": "Invalid API key"})
    answers = iter([refused, Answer(200, {"session": SESSION})])
    with Server(lambda _: next(answers)) as server, Cassette(path) as cassette:
        assert program(cassette, base_url=server.url) == ["key", "key"]
    with Cassette(path) as cassette:
        assert program(cassette) == ["key", "key"]
        cassette.assert_all_played()


def test_values_and_files_of_credentials_are_not_used(path: Path, tmp_path: Path) -> None:
    with Server(Answer(200, {"session": SESSION})) as server, Cassette(path) as cassette:
        cassette.client(made_up_key(), base_url=server.url).sessions.get("1")
    with Cassette(path) as cassette:
        assert cassette.client(api_key_file=tmp_path / "none", environment="live").sessions.get("1").id == "1"
    with Cassette(path) as cassette:
        assert cassette.client("not a key", token=made_up_token(expires=1)).sessions.get("1").id == "1"


def test_threads(path: Path) -> None:
    numbers = [str(number) for number in range(30)]

    def program(client: AgentHuman) -> list[str]:
        with ThreadPoolExecutor(8) as pool:
            return [session.id for session in pool.map(client.sessions.get, numbers)]

    def answer(request: Request) -> Answer:
        return Answer(200, {"session": {**SESSION, "session_id": int(request.path.rpartition("/")[2])}})

    with Server(answer) as server, Cassette(path) as cassette:
        assert program(cassette.client(made_up_key(), base_url=server.url)) == numbers
    with Cassette(path) as cassette:
        assert program(cassette.client()) == numbers
        cassette.assert_all_played()


def test_a_replay_opens_no_connection(path: Path) -> None:
    with Server(Answer(200, {"session": SESSION})) as server, Cassette(path) as cassette:
        cassette.client(made_up_key(), base_url=server.url).sessions.get("1")
    code = """
        import sys
        calls = []
        sys.addaudithook(lambda name, _: calls.append(name))
        from agenthuman.testing import Cassette
        with Cassette(sys.argv[1]) as cassette:
            assert cassette.client(base_url="http://127.0.0.1:1").sessions.get("1").id == "1"
        assert not [name for name in calls if name.startswith("socket.")], calls
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(path)]
    subprocess.run(command, check=True, env=os.environ)


TESTS = """
    import os
    import pytest
    from agenthuman.testing import DUMMY_KEY

    @pytest.mark.parametrize("name", ["a/b", "c"])
    def test_it(agenthuman_cassette, name):
        client = agenthuman_cassette.client(os.environ.get("KEY"), base_url=os.environ.get("URL"))
        assert client.sessions.get("1").id == "1"
        assert name != os.environ.get("FAILS")
"""


def test_the_fixture(tmp_path: Path) -> None:
    (tmp_path / "test_users.py").write_text(textwrap.dedent(TESTS))

    def run(**environment: str) -> str:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", tmp_path]
        variables = {**os.environ, **environment}
        return subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True).stdout

    with Server(Answer(200, {"session": SESSION})) as server:
        assert "1 failed, 1 passed" in run(KEY=made_up_key(), URL=server.url, FAILS="c")
    [written] = (tmp_path / "cassettes" / "test_users").iterdir()
    assert written.name == "test_it-a-b.json"
    assert [one["request"]["path"] for one in json.loads(written.read_text())["interactions"]] == ["/v1/sessions/1"]
    assert "1 passed, 1 error" in run(CI="1")
    with Server(Answer(200, {"session": SESSION})) as server:
        assert "2 passed" in run(KEY=made_up_key(), URL=server.url)
    assert "2 passed" in run(CI="1")
