# The bytes alone, read and not parsed: what a list costs beyond this is turning it into objects.
# needs:
# modes: seq list
from rows import campaign, name
from socket_loop import Connection as make

KIND, SHARED = "sync", False


def sessions(client):
    client.exchange(client.get)
