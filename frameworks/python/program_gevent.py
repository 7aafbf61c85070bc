"""A program that `python -m gevent.monkey` runs. Its argument names a function of it."""

import os
import sys
import threading

import gevent
import gevent.queue

from agenthuman import AgentHuman
from agenthuman.testing import Mock, session

client = AgentHuman(max_retries=0)


def together() -> None:
    calls = [gevent.spawn(client.sessions.get, "1") for _ in range(6)]
    gevent.joinall(calls, raise_error=True)
    print(*(call.value.status for call in calls))


def mock() -> None:
    """A mock's function waits for another greenlet."""
    mock = Mock()
    queue = gevent.queue.Queue()
    mock.on("sessions.get").responds(lambda call: session(status=queue.get()))
    calls = [gevent.spawn(mock.client.sessions.get, "1") for _ in range(6)]
    for _ in calls:
        queue.put("active")
    gevent.joinall(calls, raise_error=True)
    print(*(call.value.status for call in calls))


def threads() -> None:
    """Threads of a program that gevent has patched are greenlets."""
    statuses = []
    calls = [threading.Thread(target=lambda: statuses.append(client.sessions.get("1").status)) for _ in range(6)]
    for call in calls:
        call.start()
    for call in calls:
        call.join()
    print(*statuses)


def pool() -> None:
    """Threads of gevent's own pool are real ones."""
    pool = gevent.get_hub().threadpool
    print(*(call.get().status for call in [pool.spawn(client.sessions.get, "1") for _ in range(6)]))


def killed() -> None:
    call = gevent.spawn(client.sessions.get, "1")
    gevent.get_hub().threadpool.apply(sys.stdin.readline)
    call.kill()
    print(type(call.value).__name__, flush=True)
    sys.stdin.readline()


def interrupted() -> None:
    try:
        client.sessions.get("1")
    except KeyboardInterrupt:
        print("KeyboardInterrupt", flush=True)
    sys.stdin.readline()


def timeout() -> None:
    with gevent.Timeout(0.2, False):
        client.sessions.get("1")
        print("no timeout")
    print("timed out")


def credential() -> None:
    """A function of the user may wait as well."""

    def key() -> str:
        gevent.sleep(0.01)
        return os.environ["AGENTHUMAN_API_KEY"]

    own = AgentHuman(key, max_retries=0)
    calls = [gevent.spawn(own.sessions.get, "1") for _ in range(6)]
    gevent.joinall(calls, raise_error=True)
    print(*(call.value.status for call in calls))


globals()[sys.argv[1]]()
gevent.wait(timeout=60)
