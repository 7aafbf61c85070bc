"""Keys and tokens from functions and files."""

from __future__ import annotations

import asyncio
import shlex
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

import pytest

from agenthuman import (
    AgentHuman,
    APIKeyRevokedError,
    APITimeoutError,
    AsyncAgentHuman,
    ClosedError,
    ConfigurationError,
    MissingCredentialError,
)

from canned import Answer, Request, Server, session_row
from conftest import made_up_key, made_up_token

SESSION = Answer(200, {"success": True, "session": session_row(5)})
ME = Answer(
    200, {"success": True, "user": {"user_id": 42, "email": "ada@example.com", "created_at": "2024-01-15T10:30:00Z"}}
)


def test_a_key_function_runs_once(key: str) -> None:
    runs = []

    def source() -> str:
        runs.append(1)
        return key

    with Server(SESSION) as server:
        client = AgentHuman(source, base_url=server.url)
        assert runs == []
        client.sessions.get("5")
        client.sessions.get("5")
        assert len(runs) == 1
        assert [request.headers["x-api-key"] for request in server.requests] == [key, key]


def test_many_threads_share_one_run(key: str) -> None:
    runs = []
    entered, go_on = threading.Event(), threading.Event()

    def source() -> str:
        runs.append(1)
        entered.set()
        go_on.wait(10)
        return key

    with Server(SESSION) as server, ThreadPoolExecutor(8) as pool:
        client = AgentHuman(source, base_url=server.url)
        calls = [pool.submit(client.sessions.get, "5") for _ in range(8)]
        assert entered.wait(10)
        go_on.set()
        assert {call.result().id for call in calls} == {"5"}
        assert len(runs) == 1


@pytest.mark.parametrize("kind", ["plain", "coroutine", "object"])
async def test_many_tasks_share_one_run(key: str, kind: str) -> None:
    runs = []

    def plain() -> str:
        # It may block, so it does not run on the loop.
        assert threading.current_thread() is not threading.main_thread()
        runs.append(1)
        return key

    async def coroutine() -> str:
        runs.append(1)
        await asyncio.sleep(0)
        return key

    class Callable:
        async def __call__(self) -> str:
            return await coroutine()

    source: Any = {"plain": plain, "coroutine": coroutine, "object": Callable()}[kind]
    with Server(SESSION) as server:
        client = AsyncAgentHuman(source, base_url=server.url)
        sessions = await asyncio.gather(*(client.sessions.get("5") for _ in range(8)))
        assert {session.id for session in sessions} == {"5"}
        assert len(runs) == 1


async def test_the_exception_of_a_function_is_the_cause(key: str) -> None:
    class VaultError(Exception):
        pass

    def plain() -> str:
        raise VaultError(f"no entry {key}")

    async def coroutine() -> str:
        raise VaultError(f"no entry {key}")

    with Server(SESSION) as server:
        with pytest.raises(MissingCredentialError) as caught:
            AgentHuman(plain, base_url=server.url).sessions.get("5")
        for source in (plain, coroutine):
            with pytest.raises(MissingCredentialError) as async_caught:
                await AsyncAgentHuman(source, base_url=server.url).sessions.get("5")
            assert isinstance(async_caught.value.__cause__, VaultError)
        assert server.requests == []
    assert isinstance(caught.value.__cause__, VaultError)
    assert "raised VaultError" in str(caught.value)
    assert key not in str(caught.value)


@pytest.mark.parametrize("value", [None, 5, b"bytes"])
def test_a_function_must_return_a_string(value: Any) -> None:
    with Server(SESSION) as server, pytest.raises(MissingCredentialError) as caught:
        AgentHuman(lambda: value, base_url=server.url).sessions.get("5")
    assert isinstance(caught.value.__cause__, TypeError)
    assert type(value).__name__ in str(caught.value.__cause__)


def test_the_sync_client_rejects_a_coroutine_function(key: str) -> None:
    async def source() -> str:
        return key

    with Server(SESSION) as server, pytest.raises(MissingCredentialError) as caught:
        AgentHuman(source, base_url=server.url).sessions.get("5")  # type: ignore[arg-type]
    assert "AsyncAgentHuman" in str(caught.value.__cause__)


def test_base_exceptions_are_not_wrapped() -> None:
    def source() -> str:
        raise KeyboardInterrupt

    with Server(SESSION) as server, pytest.raises(KeyboardInterrupt):
        AgentHuman(source, base_url=server.url).sessions.get("5")


def test_a_key_function_runs_again_after_a_revoked_key() -> None:
    old, new = made_up_key(), made_up_key()
    keys = iter([old, new])

    def answer(request: Request) -> Answer:
        if request.headers["x-api-key"] == old:
            return Answer(401, {"success": False, "error": "API key has been revoked"})
        return SESSION

    with Server(answer) as server:
        client = AgentHuman(lambda: next(keys), base_url=server.url)
        assert client.sessions.get("5").id == "5"
        assert len(server.requests) == 2
        with pytest.raises(APIKeyRevokedError):
            AgentHuman(lambda: old, base_url=server.url).sessions.get("5")


def test_a_key_file(key: str, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(key + "\n")
    with Server(SESSION) as server:
        AgentHuman(api_key_file=path, base_url=server.url).sessions.get("5")
        assert server.requests[0].headers["x-api-key"] == key


def test_a_key_file_from_the_environment(key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "key"
    path.write_text(key + "\n")
    monkeypatch.setenv("AGENTHUMAN_API_KEY_FILE", str(path))
    with Server(SESSION) as server:
        AgentHuman(base_url=server.url).sessions.get("5")
        assert server.requests[0].headers["x-api-key"] == key
    monkeypatch.setenv("AGENTHUMAN_API_KEY", key)
    with pytest.raises(ConfigurationError, match="both set") as caught:
        AgentHuman()
    assert key not in str(caught.value)
    AgentHuman(key)


def test_a_key_command(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # The core rejects a key in the arguments.
    parts = [sys.executable, "-c", f"print({key[:6]!r} + {key[6:]!r})"]
    commands: list[str | list[str] | tuple[str, ...]] = [parts, tuple(parts), shlex.join(parts)]
    with Server(SESSION) as server:
        for command in commands:
            AgentHuman(api_key_command=command, base_url=server.url).sessions.get("5")
        monkeypatch.setenv("AGENTHUMAN_API_KEY_COMMAND", shlex.join(parts))
        AgentHuman(base_url=server.url).sessions.get("5")
        assert [request.headers["x-api-key"] for request in server.requests] == [key] * 4
        failing = AgentHuman(
            api_key_command=[sys.executable, "-c", f"print({key[6:]!r}); exit(3)"], base_url=server.url
        )
        with pytest.raises(MissingCredentialError, match=r"failed with exit (status|code): 3") as caught:
            failing.sessions.get("5")
        assert key[6:] not in f"{caught.value!r} {failing!r}"
    monkeypatch.setenv("AGENTHUMAN_API_KEY_FILE", "key")
    with pytest.raises(ConfigurationError, match="_FILE and AGENTHUMAN_API_KEY_COMMAND are both set"):
        AgentHuman()


async def test_a_key_command_in_async_code(key: str) -> None:
    parts = [sys.executable, "-c", f"print({key[:6]!r} + {key[6:]!r})"]
    with Server(SESSION) as server:
        await AsyncAgentHuman(api_key_command=parts, base_url=server.url).sessions.get("5")
        assert server.requests[0].headers["x-api-key"] == key


@pytest.mark.parametrize("environment", ["live", "test"])
def test_keys_of_another_environment_are_rejected(environment: Literal["live", "test"]) -> None:
    keys = {name: f"ah_{name}_{'exampleEXAMPLE' * 2}0000" for name in ("live", "test")}
    other = "test" if environment == "live" else "live"
    with Server(SESSION) as server:
        AgentHuman(keys[environment], environment=environment, base_url=server.url).sessions.get("5")
        with pytest.raises(ConfigurationError, match=f"accepts only {environment} keys"):
            AgentHuman(keys[other], environment=environment)
        client = AgentHuman(lambda: keys[other], environment=environment, base_url=server.url)
        with pytest.raises(ConfigurationError, match=f"is a {other} key"):
            client.sessions.get("5")
        assert len(server.requests) == 1


def test_credentials_from_the_environment(key: str, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(ME) as server:
        monkeypatch.setenv("AGENTHUMAN_BASE_URL", server.url)
        monkeypatch.setenv("AGENTHUMAN_TOKEN", token)
        assert AgentHuman().auth.me().id == "42"
        with pytest.raises(MissingCredentialError):
            AgentHuman(key).auth.me()


def test_signing_in_sets_the_token() -> None:
    token = made_up_token()

    def answer(request: Request) -> Answer:
        if request.path == "/v1/auth/otp/verify":
            return Answer(
                200,
                {
                    "success": True,
                    "token": token,
                    "expires_at": "2100-01-01T00:00:00Z",
                    "user": {"user_id": 42, "email": "ada@example.com", "created_at": "2024-01-15T10:30:00Z"},
                },
            )
        assert request.headers["authorization"] == f"Bearer {token}"
        return ME

    with Server(answer) as server:
        client = AgentHuman(base_url=server.url)
        login = client.auth.verify_otp("ada@example.com", "123456")
        assert login.token == token
        assert client.auth.me().id == "42"


def test_request(key: str, token: str) -> None:
    with Server(Answer(200, {"anything": [1, None]})) as server:
        client = AgentHuman(key, token, base_url=server.url)
        assert client.request("POST", "/v1/new?x=1", {"a": 1}, extra_headers={"x-mine": "1"}) == {"anything": [1, None]}
        client.request("GET", "/v1/new", credential="token")
        client.request("GET", "/v1/new", credential="none")
    first = server.requests[0]
    assert (first.method, first.path, first.query, first.json()) == ("POST", "/v1/new", {"x": "1"}, {"a": 1})
    assert first.headers["x-mine"] == "1"
    assert [request.credential for request in server.requests] == ["api_key", "token", "none"]


async def test_request_in_async(key: str) -> None:
    with Server(Answer(200, [1])) as server:
        assert await AsyncAgentHuman(key, base_url=server.url).request("GET", "/v1/new") == [1]


async def test_a_closed_client_raises(key: str) -> None:
    with Server(SESSION) as server:
        with AgentHuman(key, base_url=server.url) as client:
            client.sessions.get("5")
        with pytest.raises(ClosedError):
            client.sessions.get("5")
        async with AsyncAgentHuman(key, base_url=server.url) as async_client:
            await async_client.sessions.get("5")
        with pytest.raises(RuntimeError):
            await async_client.sessions.get("5")


def test_a_route_changes_the_path_of_an_operation(key: str) -> None:
    with Server(SESSION) as server:
        client = AgentHuman(key, base_url=server.url, routes={"sessions.get": "/v2/s/{id}"}, headers={"x-mine": "1"})
        client.sessions.get("a b", max_retries=0)
    assert (server.requests[0].path, server.requests[0].headers["x-mine"]) == ("/v2/s/a%20b", "1")


def test_a_token_is_rejected_as_a_key(key: str) -> None:
    with pytest.raises(ConfigurationError):
        AgentHuman(token=key)


async def never() -> None:
    await asyncio.Event().wait()


async def test_a_function_that_never_returns_is_cancelled_with_the_call_and_runs_again_for_the_next(key: str) -> None:
    runs: list[bool] = []

    async def source() -> str:
        runs.append(True)
        if len(runs) == 1:
            await never()
        return key

    with Server(SESSION) as server:
        client = AsyncAgentHuman(source, base_url=server.url, timeout=0.3)
        with pytest.raises(APITimeoutError) as caught:
            await asyncio.wait_for(client.sessions.get("5"), 30)
        assert caught.value.phase == "credential"
        assert server.requests == []
        assert (await client.sessions.get("5", timeout=30)).id == "5"
        assert len(runs) == 2


async def test_a_read_or_progress_function_that_never_returns_is_cancelled_with_the_call(key: str) -> None:
    class Stuck:
        async def read(self, size: int) -> bytes:
            await never()
            return b""

    async def stuck(sent: int, of: int | None) -> None:
        await never()

    with Server(
        Answer(
            201,
            {
                "success": True,
                "avatar": {"id": 5, "name": "Sunny", "url": "https://files.example.com/a.png", "cloudinary_id": "a"},
            },
        )
    ) as server:
        client = AsyncAgentHuman(key, base_url=server.url, timeout=0.3)
        with pytest.raises(APITimeoutError):
            await asyncio.wait_for(client.avatars.upload(file=Stuck(), name="Face", file_name="a.png"), 30)
        with pytest.raises(APITimeoutError) as caught:
            await asyncio.wait_for(
                client.avatars.upload(file=b"x", name="Face", file_name="a.png", on_progress=stuck), 30
            )
        assert caught.value.phase == "progress"


def test_a_function_that_uses_its_own_client_fails_at_once(key: str) -> None:
    def source() -> str:
        client.sessions.get("5")
        return key

    async def async_source() -> str:
        await async_client.sessions.get("5")
        return key

    with Server(SESSION) as server:
        client = AgentHuman(source, base_url=server.url, timeout=60)
        with pytest.raises(ConfigurationError, match="on the same client") as caught:
            client.sessions.get("5")
        assert isinstance(caught.value.__cause__, ConfigurationError)
        async_client = AsyncAgentHuman(async_source, base_url=server.url, timeout=60)
        with pytest.raises(ConfigurationError, match="on the same client"):
            asyncio.run(async_client.sessions.get("5"))
        assert server.requests == []


async def test_a_task_that_outlives_its_credential_function_can_use_the_client(key: str) -> None:
    tasks: list[asyncio.Task[Any]] = []
    go_on = asyncio.Event()

    async def later() -> Any:
        await go_on.wait()
        return await client.sessions.get("5")

    keys = iter([key, made_up_key()])

    async def source() -> str:
        if not tasks:
            tasks.append(asyncio.create_task(later()))
        return next(keys)

    def answer(request: Request) -> Answer:
        is_accepted = request.headers["x-api-key"] != key or not go_on.is_set()
        return SESSION if is_accepted else Answer(401, {"error": "no"})

    with Server(answer) as server:
        client = AsyncAgentHuman(source, base_url=server.url)
        await client.sessions.get("5")
        go_on.set()
        assert (await tasks[0]).id == "5"
