# The async floor: one asyncio protocol per connection, a list of idle connections, and the standard library's JSON.
# needs:
import asyncio
from json import dumps, loads

from rows import HEADERS, campaign, name

KIND = "async"


class Protocol(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        self.read = None

    def data_received(self, data):
        if self.read is None:
            self.head = data.find(b"\r\n\r\n") + 4
            at = data.find(b"content-length: ", 0, self.head) + 16
            self.whole = self.head + int(data[at : data.find(b"\r", at)])
        else:
            self.read += data
            data = self.read
        if len(data) < self.whole:
            self.read = data if self.read is not None else bytearray(data)
            return
        self.read = None
        self.answer.set_result(data[self.head :])


class Client:
    def __init__(self, base):
        host, _, prefix = base.removeprefix("http://").partition("/")
        self.name, _, self.port = host.partition(":")
        path = f"/{prefix}/v1/sessions" if prefix else "/v1/sessions"
        headers = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
        rest = f" {path} HTTP/1.1\r\nhost: {host}\r\n{headers}"
        self.get = f"GET{rest}\r\n".encode()
        self.post = f"POST{rest}content-type: application/json\r\ncontent-length: ".encode()
        self.free = []
        self.loop = asyncio.get_running_loop()

    async def exchange(self, request):
        if self.free:
            protocol = self.free.pop()
        else:
            _, protocol = await self.loop.create_connection(Protocol, self.name, int(self.port))
        answer = protocol.answer = self.loop.create_future()
        protocol.transport.write(request)
        body = await answer
        self.free.append(protocol)
        return body


async def make(base):
    return Client(base)


async def sessions(client):
    return loads(await client.exchange(client.get))["sessions"]


async def create(client, body):
    sent = dumps(body).encode()
    return loads(await client.exchange(client.post + b"%d\r\n\r\n%b" % (len(sent), sent)))["session"]


async def close(client):
    for protocol in client.free:
        protocol.transport.close()
