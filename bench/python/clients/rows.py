"""Reading sessions that are plain dicts, and headers for clients that need them."""

from operator import itemgetter
from os import environ

name = itemgetter("agent_name")


def campaign(session):
    return session["metadata"]["campaign"]


HEADERS = {"x-api-key": environ["AGENTHUMAN_BENCH_KEY"], "accept": "application/json"}
