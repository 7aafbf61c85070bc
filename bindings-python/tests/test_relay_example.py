"""Runs the example backend for phone apps on a sandbox."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from agenthuman import AgentHuman

from conftest import ROOT
from relayed import Phone

PROGRAM = ROOT / "examples" / "mobile-backend" / "python" / "main.py"


@contextmanager
def running(**environment: str) -> Iterator[str]:
    """Returns the URL of its relay."""
    command = [sys.executable, "-W", "error", PROGRAM]
    process = subprocess.Popen(
        command,
        env={**os.environ, "PORT": "0", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    try:
        assert line, process.communicate()
        yield json.loads(line)["url"]
    finally:
        process.terminate()
        # It printed nothing else.
        assert process.communicate() == ("", "")


@pytest.mark.parametrize("credential", ["a key", "no key"])
def test_it_serves_phones(sandbox: dict[str, str], credential: str) -> None:
    key = {"AGENTHUMAN_API_KEY": sandbox["api_key"]} if credential == "a key" else {}
    with running(AGENTHUMAN_BASE_URL=sandbox["url"], **key) as url:
        phone = Phone(url, "demo-alice")
        agents = phone.call("GET", "/v1/agents").json["agents"]
        session, grant = phone.open(metadata={"from": "a test"})
        assert phone.call("GET", f"/v1/sessions/{session}", grant=grant).json["session"]["agent_id"] == agents[0]["id"]
        chosen, _ = phone.open(agent_id=agents[-1]["id"], session_type="agent_chat")
        assert phone.say(session, grant, "Hello").json["reply"]["content"]
        assert phone.call("PUT", f"/v1/sessions/{session}/end", grant=grant).status == 200
        listed = phone.call("GET", "/v1/sessions").json["sessions"]
        assert [(one["id"], one["status"]) for one in listed] == [(chosen, "active"), (session, "completed")]
        assert phone.call("POST", f"/v1/sessions/{chosen}/resume").status == 200
        assert Phone(url, "demo-bob").call("GET", "/v1/sessions").json["sessions"] == []
        assert Phone(url, "nobody").call("GET", "/v1/agents").outcome == (401, "invalid_token")
        if credential == "a key":
            client = AgentHuman(sandbox["api_key"], base_url=sandbox["url"])
            metadata = client.sessions.get(session).metadata or {}
            assert {**metadata, "agenthuman_user": ""} == {"from": "a test", "user": "alice", "agenthuman_user": ""}
            assert client.sessions.get(chosen).session_type == "agent_chat"


@pytest.mark.parametrize("flag", ["", "1"])
def test_demo_tokens_need_loopback_or_a_flag(sandbox: dict[str, str], flag: str) -> None:
    with running(
        AGENTHUMAN_BASE_URL=sandbox["url"], AGENTHUMAN_API_KEY=sandbox["api_key"], HOST="0.0.0.0", DEMO_TOKENS=flag
    ) as url:
        status = Phone(url.replace("0.0.0.0", "127.0.0.1"), "demo-alice").call("GET", "/v1/agents").status
    assert status == (200 if flag else 401)


def test_signed_in_users_can_use_it(sandbox: dict[str, str]) -> None:
    with running(
        AGENTHUMAN_BASE_URL=sandbox["url"], AGENTHUMAN_API_KEY=sandbox["api_key"], AGENTHUMAN_RELAY_SECRETS="x" * 32
    ) as url:
        at = urlsplit(url)
        backend = Phone(f"{at.scheme}://{at.netloc}")
        assert backend.call("POST", "/sign-in", {"user": "alice", "password": "x"}).status == 401
        assert backend.call("POST", "/sign-in", {"user": "nobody", "password": ""}).status == 401
        signed_in = backend.call("POST", "/sign-in", {"user": "alice", "password": "wonderland"})
        session, grant = Phone(url, signed_in.json["token"]).open()
        assert Phone(url, "demo-alice").call("GET", f"/v1/sessions/{session}", grant=grant).status == 200
        assert Phone(url, "demo-bob").call("GET", f"/v1/sessions/{session}", grant=grant).status == 403
