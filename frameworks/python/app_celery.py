"""A Celery application whose client is created and used before the worker forks its pool."""

import os
from pathlib import Path

from celery import Celery
from celery.signals import worker_init

from agenthuman import AgentHuman

folder = Path(os.environ["CELERY_FOLDER"])
app = Celery("app_celery", broker="filesystem://", backend=f"file://{folder}/results")
app.conf.broker_transport_options = {
    "data_folder_in": str(folder / "queue"),
    "data_folder_out": str(folder / "queue"),
    "control_folder": str(folder / "control"),
}
client = AgentHuman()


@worker_init.connect
def before_the_fork(**_: object) -> None:
    client.agents.list().page()


@app.task
def open_session() -> tuple[int, str]:
    session = client.sessions.create(agent_id=client.agents.list().first().id)
    return os.getpid(), session.status
