"""gevent: while a greenlet waits for a call, the others run."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest

from serving import HERE, LIMIT, Together

PROGRAM = (sys.executable, "-m", "gevent.monkey", "program_gevent.py")


def run(function: str, api: Together, environment: dict[str, str]) -> str:
    """Returns the output of a function of the program."""
    command = [*PROGRAM, function]
    environment = {**environment, "AGENTHUMAN_BASE_URL": api.url}
    done = subprocess.run(command, cwd=HERE, env=environment, timeout=LIMIT, stdout=subprocess.PIPE, text=True)
    assert done.returncode == 0
    return done.stdout.strip()


def test_a_mock_lets_other_greenlets_run(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [*PROGRAM, "mock"], cwd=HERE, env=environment, timeout=LIMIT, stdout=subprocess.PIPE, text=True
    )
    assert (done.returncode, done.stdout.strip()) == (0, " ".join(["active"] * 6))


@pytest.mark.parametrize("function", ["together", "threads", "pool", "credential"])
def test_six_calls_are_in_flight_at_the_same_time(function: str, environment: dict[str, str]) -> None:
    with Together(6) as api:
        assert run(function, api, environment) == " ".join(["active"] * 6)


def test_a_timeout_of_gevent_ends_the_wait(environment: dict[str, str]) -> None:
    with Together(2) as api:
        assert run("timeout", api, environment) == "timed out"


@pytest.mark.parametrize(("function", "printed"), [("killed", "GreenletExit"), ("interrupted", "KeyboardInterrupt")])
def test_a_greenlet_that_is_killed_or_interrupted_drops_its_request(
    function: str, printed: str, environment: dict[str, str]
) -> None:
    pipe = subprocess.PIPE
    with Together(2) as api:
        environment = {**environment, "AGENTHUMAN_BASE_URL": api.url}
        with subprocess.Popen(
            [*PROGRAM, function], cwd=HERE, env=environment, stdin=pipe, stdout=pipe, text=True
        ) as process:
            assert api.requested.wait(LIMIT)
            assert process.stdin
            assert process.stdout
            if function == "interrupted":
                process.send_signal(signal.SIGINT)
            else:
                process.stdin.write("kill it\n")
                process.stdin.flush()
            assert process.stdout.readline() == f"{printed}\n"
            # The program still runs.
            assert api.dropped.wait(LIMIT)
        assert process.returncode == 0


def test_the_main_job_under_gevent(environment: dict[str, str]) -> None:
    """Lists, an upload, sessions and messages."""
    program = HERE.parents[1] / "examples" / "python" / "main_job.py"
    environment = {**environment, "AGENTHUMAN_DEMO_EMAIL": "ada+gevent@example.com", "AGENTHUMAN_API_KEY": ""}
    command = [sys.executable, "-m", "gevent.monkey", str(program)]
    done = subprocess.run(command, env=environment, timeout=LIMIT, stdout=subprocess.PIPE, text=True, check=True)
    outcome = json.loads(done.stdout)
    assert (outcome["session_status"], outcome["rotated"]) == ("completed", True)
