"""gunicorn with each of its workers, and with the application imported before the fork."""

from __future__ import annotations

import pytest

from serving import free_port, get, serving

WORKERS = {
    "sync": ("--workers", "2", "app_wsgi:app"),
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
