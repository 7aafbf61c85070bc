"""How rows are read where they are plain dicts, and the headers of a client that sets its own."""

from operator import itemgetter
from os import environ

name = itemgetter("agent_name")


def campaign(session):
    return session["metadata"]["campaign"]


HEADERS = {"x-api-key": environ["AGENTHUMAN_BENCH_KEY"], "accept": "application/json"}
