# The floor: a bare socket loop and the standard library's JSON.
# needs:
from json import dumps, loads

from rows import campaign, name
from socket_loop import Connection as make

KIND, SHARED = "sync", False


def sessions(client):
    return loads(client.exchange(client.get))["sessions"]


def create(client, body):
    return loads(client.create(dumps(body).encode()))["session"]
