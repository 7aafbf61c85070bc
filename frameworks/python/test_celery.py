"""Celery's pools of processes and of greenlets."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from serving import HERE, LIMIT

SEND = """
import json
from app_celery import open_session
sent = [open_session.delay() for _ in range(8)]
print(json.dumps([one.get(timeout=60) for one in sent]))
"""


@pytest.mark.heavy
@pytest.mark.parametrize("pool", ["prefork", "gevent"])
def test_tasks_use_a_client_of_the_worker(pool: str, environment: dict[str, str], tmp_path: Path) -> None:
    for name in ("queue", "control", "results"):
        (tmp_path / name).mkdir()
    environment = {**environment, "CELERY_FOLDER": str(tmp_path)}
    options = ("--pool", pool, "--concurrency", "2", "--loglevel", "WARNING")
    worker = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "app_celery", "worker", *options], cwd=HERE, env=environment
    )
    try:
        sent = subprocess.run(
            [sys.executable, "-c", SEND], cwd=HERE, env=environment, timeout=LIMIT, stdout=subprocess.PIPE, check=True
        )
        results = json.loads(sent.stdout)
    finally:
        worker.terminate()
        worker.wait(LIMIT)
    assert [status for _, status in results] == ["active"] * 8
    assert (worker.pid in {process for process, _ in results}) == (pool == "gevent")
