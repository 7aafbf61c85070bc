# Reads the bytes without parsing them. The additional cost of a list is the conversion into objects.
# needs:
# modes: seq list
from rows import campaign, name
from socket_loop import Connection as make

KIND, SHARED = "sync", False


def sessions(client):
    client.exchange(client.get)
