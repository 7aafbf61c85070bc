"""gevent: while a greenlet waits for a call, the others run."""

from __future__ import annotations

import subprocess
import sys

import pytest

from serving import HERE, LIMIT, Together

PROGRAM = (sys.executable, "-m", "gevent.monkey", "program_gevent.py")


def run(function: str, api: Together, environment: dict[str, str]) -> str:
    """What a function of the program prints."""
    command = [*PROGRAM, function]
    environment = {**environment, "AGENTHUMAN_BASE_URL": api.url}
    done = subprocess.run(command, cwd=HERE, env=environment, timeout=LIMIT, stdout=subprocess.PIPE, text=True)
    assert done.returncode == 0
    return done.stdout.strip()


@pytest.mark.parametrize("function", ["together", "threads", "pool", "credential"])
def test_six_calls_are_in_flight_at_the_same_time(function: str, environment: dict[str, str]) -> None:
    with Together(6) as api:
        assert run(function, api, environment) == " ".join(["active"] * 6)


def test_a_timeout_of_gevent_ends_the_wait(environment: dict[str, str]) -> None:
    with Together(2) as api:
        assert run("timeout", api, environment) == "timed out"


def test_a_greenlet_that_is_killed_drops_its_request(environment: dict[str, str]) -> None:
    command = [*PROGRAM, "killed"]
    pipe = subprocess.PIPE
    with Together(2) as api:
        environment = {**environment, "AGENTHUMAN_BASE_URL": api.url}
        with subprocess.Popen(command, cwd=HERE, env=environment, stdin=pipe, stdout=pipe, text=True) as process:
            assert api.requested.wait(LIMIT)
            assert process.stdin
            assert process.stdout
            process.stdin.write("kill it\n")
            process.stdin.flush()
            assert process.stdout.readline() == "GreenletExit\n"
            # The program still runs.
            assert api.dropped.wait(LIMIT)
        assert process.returncode == 0
