"""Tries the Python clients on the cases that come on standard input, and prints an outcome a line.

The first argument chooses the client: `sync` or `async`.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import time
from pathlib import Path
from typing import Any

from agenthuman import AgentHuman, AgentHumanError, AsyncAgentHuman

# Made up.
KEY = "ah_test_H0st1leH0st1leH0st1leH0st1leHos7"


def reset_peak() -> int:
    """Set the peak of this process's memory to what it has now; return that in KiB, 0 where Linux's files are missing."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return 0
    return peak()


def peak() -> int:
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def report(case: dict[str, Any], outcome: str, ms: float, grown: int, next_call: str) -> None:
    line = {"name": case["name"], "outcome": outcome, "ms": ms, "peak_kib": grown, "next": next_call}
    print(json.dumps(line), flush=True)


def judged(value: Any, id: str) -> str:
    session = value.items[0] if hasattr(value, "items") else value
    return "ok" if session.id == id else "wrong value"


def wait_until_played(port: int | None) -> None:
    """Wait for the server to end this connection: it has then sent all that comes before the next call."""
    if port is not None:
        with socket.create_connection(("127.0.0.1", port)) as signal:
            signal.recv(1)


def start(client: Any, call: str) -> Any:
    if call == "create":
        return client.sessions.create(agent_id="7")
    return client.sessions.list().page() if call == "list" else client.sessions.get("1")


def options(plan: dict[str, Any], case: dict[str, Any]) -> dict[str, Any]:
    return {
        "api_key": KEY,
        "base_url": case["url"],
        "timeout": plan["timeout"],
        "max_retries": 0,
        "max_response_bytes": plan["size_cap"],
    }


def run_sync(plan: dict[str, Any]) -> None:
    for case in plan["cases"]:
        with AgentHuman(**options(plan, case)) as client:
            before, began = reset_peak(), time.perf_counter()
            try:
                outcome = judged(start(client, case["call"]), "1")
            except AgentHumanError as error:
                outcome = error.code
            ms, grown = (time.perf_counter() - began) * 1000, max(0, peak() - before)
            wait_until_played(case["played"])
            try:
                next_call = judged(client.sessions.get("2"), "2")
            except AgentHumanError as error:
                next_call = error.code
        report(case, outcome, ms, grown, next_call)


async def run_async(plan: dict[str, Any]) -> None:
    for case in plan["cases"]:
        async with AsyncAgentHuman(**options(plan, case)) as client:
            before, began = reset_peak(), time.perf_counter()
            try:
                outcome = judged(await start(client, case["call"]), "1")
            except AgentHumanError as error:
                outcome = error.code
            ms, grown = (time.perf_counter() - began) * 1000, max(0, peak() - before)
            wait_until_played(case["played"])
            try:
                next_call = judged(await client.sessions.get("2"), "2")
            except AgentHumanError as error:
                next_call = error.code
        report(case, outcome, ms, grown, next_call)


if __name__ == "__main__":
    plan = json.load(sys.stdin)
    if sys.argv[1] == "async":
        asyncio.run(run_async(plan))
    else:
        run_sync(plan)
