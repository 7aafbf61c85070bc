"""Rotating a key with a store function, on a sandbox."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agenthuman import (
    AgentHuman,
    APIKeyRevokedError,
    APITimeoutError,
    AsyncAgentHuman,
    CreatedApiKey,
    StoreFailedError,
)


def new_key(sandbox: dict[str, str]) -> CreatedApiKey:
    client = AgentHuman(token=sandbox["token"], base_url=sandbox["url"])
    return client.api_keys.create(name="to be rotated", environment="test")


def test_a_key_is_rotated_and_stored(sandbox: dict[str, str]) -> None:
    old = new_key(sandbox)
    stored: list[CreatedApiKey] = []
    client = AgentHuman(old.key, sandbox["token"], base_url=sandbox["url"])
    new = client.api_keys.rotate(old.api_key.id, store=stored.append)
    assert stored == [new]
    assert new.key != old.key
    client.sessions.list().page()
    with pytest.raises(APIKeyRevokedError):
        AgentHuman(old.key, base_url=sandbox["url"]).sessions.list().page()


@pytest.mark.parametrize("kind", ["plain", "coroutine"])
async def test_a_key_is_rotated_and_stored_in_async(sandbox: dict[str, str], kind: str) -> None:
    old = new_key(sandbox)
    stored: list[CreatedApiKey] = []

    async def store(created: CreatedApiKey) -> None:
        stored.append(created)

    client = AsyncAgentHuman(old.key, sandbox["token"], base_url=sandbox["url"])
    new = await client.api_keys.rotate(old.api_key.id, store=stored.append if kind == "plain" else store)
    assert stored == [new]
    await client.sessions.list().page()


class VaultError(Exception):
    pass


async def test_the_old_key_remains_if_storing_fails(sandbox: dict[str, str]) -> None:
    old = new_key(sandbox)
    seen: list[str] = []

    def store(created: CreatedApiKey) -> None:
        seen.append(created.key)
        raise VaultError(created.key)

    async def async_store(created: CreatedApiKey) -> None:
        store(created)

    clients: Any = (AgentHuman, AsyncAgentHuman)
    for made, function in zip(clients, (store, async_store), strict=True):
        client = made(old.key, sandbox["token"], base_url=sandbox["url"])
        with pytest.raises(StoreFailedError) as caught:
            rotated = client.api_keys.rotate(old.api_key.id, store=function)
            if made is AsyncAgentHuman:
                await rotated
        assert isinstance(caught.value.__cause__, VaultError)
        assert caught.value.parameter == "store"
        assert "raised VaultError" in str(caught.value)
        assert [key["id"] for key in caught.value.details["keys"]] == [old.api_key.id]
        assert seen[-1] not in f"{caught.value} {caught.value.__dict__}"
    AgentHuman(old.key, base_url=sandbox["url"]).sessions.list().page()
    for key in seen:
        with pytest.raises(APIKeyRevokedError):
            AgentHuman(key, base_url=sandbox["url"]).sessions.list().page()


def test_without_a_store_function_the_key_is_returned(sandbox: dict[str, str]) -> None:
    old = new_key(sandbox)
    new = AgentHuman(token=sandbox["token"], base_url=sandbox["url"]).api_keys.rotate(old.api_key.id)
    AgentHuman(new.key, base_url=sandbox["url"]).sessions.list().page()


def notes(error: BaseException) -> str:
    return "\n".join(getattr(error, "__notes__", ()))


async def test_an_interrupted_rotation_has_a_note_with_both_keys(sandbox: dict[str, str]) -> None:
    old = new_key(sandbox)
    stored: list[CreatedApiKey] = []

    def interrupted(created: CreatedApiKey) -> None:
        stored.append(created)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        AgentHuman(token=sandbox["token"], base_url=sandbox["url"]).api_keys.rotate(old.api_key.id, store=interrupted)
    for key in (old, stored[0]):
        assert f"{key.api_key.id} (ah_test_…{key.api_key.last4})" in notes(caught.value)
        assert key.key not in notes(caught.value)

    entered = asyncio.Event()

    async def stuck(created: CreatedApiKey) -> None:
        stored.append(created)
        entered.set()
        await asyncio.Event().wait()

    client = AsyncAgentHuman(token=sandbox["token"], base_url=sandbox["url"])
    task = asyncio.create_task(client.api_keys.rotate(old.api_key.id, store=stuck))
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as cancelled:
        await task
    assert f"{stored[1].api_key.id} (ah_test_…{stored[1].api_key.last4})" in notes(cancelled.value)
    assert stored[1].key not in notes(cancelled.value)


async def test_a_store_function_that_never_returns_times_out(sandbox: dict[str, str]) -> None:
    old = new_key(sandbox)

    async def stuck(created: CreatedApiKey) -> None:
        await asyncio.Event().wait()

    client = AsyncAgentHuman(token=sandbox["token"], base_url=sandbox["url"], timeout=2)
    with pytest.raises(APITimeoutError) as caught:
        await asyncio.wait_for(client.api_keys.rotate(old.api_key.id, store=stuck), 60)
    assert caught.value.phase == "store"
    assert [key["id"] for key in caught.value.details["keys"]] == [old.api_key.id]
