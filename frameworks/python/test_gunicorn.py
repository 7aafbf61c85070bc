"""gunicorn with each of its workers, and with the application imported before the fork."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from serving import Together, free_port, get, serving

WORKERS = {
    "sync": ("--workers", "2", "app_wsgi:app"),
    "gevent": ("--worker-class", "gevent", "app_wsgi:app"),
    "uvicorn": ("--worker-class", "uvicorn_worker.UvicornWorker", "--workers", "2", "app_fastapi:app"),
    "gthread": ("--worker-class", "gthread", "--threads", "4", "app_wsgi:app"),
}


@pytest.mark.parametrize("preload", [(), ("--preload",)], ids=["", "preload"])
@pytest.mark.parametrize("worker", WORKERS)
def test_worker(environment: dict[str, str], worker: str, preload: tuple[str, ...]) -> None:
    port = free_port()
    arguments = ("--bind", f"127.0.0.1:{port}", *preload, *WORKERS[worker])
    with serving("gunicorn", *arguments, port=port, environment=environment) as url:
        for _ in range(3):
            assert get(url).startswith("active 20")


@pytest.mark.parametrize("preload", [(), ("--preload",)], ids=["", "preload"])
def test_one_gevent_worker_makes_calls_at_the_same_time(environment: dict[str, str], preload: tuple[str, ...]) -> None:
    port = free_port()
    arguments = ("--bind", f"127.0.0.1:{port}", "--worker-class", "gevent", "--workers", "1", *preload, "app_wsgi:one")
    with Together(6) as api:
        environment = {**environment, "AGENTHUMAN_BASE_URL": api.url}
        with serving("gunicorn", *arguments, port=port, environment=environment) as url, ThreadPoolExecutor(6) as users:
            assert list(users.map(get, [url] * 6)) == ["active"] * 6
