"""A proxy with a password, the certificate of a client, and the header `User-Agent`, on the wire."""

from __future__ import annotations

import asyncio
import platform
import socket
import ssl
import sys
import threading
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from https_service import HttpsService

import agenthuman
from agenthuman import (
    AgentHuman,
    APIConnectionError,
    AsyncAgentHuman,
    ConfigurationError,
    InvalidArgumentError,
    ProxyError,
)

from canned import Answer, Listener, Server, session_row


def get(kind: str, options: dict[str, Any]) -> str | None:
    if kind == "sync":
        return AgentHuman(**options).sessions.get("5").id
    return asyncio.run(AsyncAgentHuman(**options).sessions.get("5")).id


class Service:
    """A service that demands a certificate of its clients, and a client's certificate."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.ca_file = folder / "ca.pem"
        authority.cert_pem.write_to_path(self.ca_file)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        authority.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
        client = authority.issue_cert("client.example")
        self.certificate = client.cert_chain_pems[0].bytes()
        self.key = client.private_key_pem.bytes()
        self.server = HttpsService(context)

    def options(self, key: str) -> dict[str, Any]:
        return {
            "api_key": key,
            "base_url": self.server.url,
            "ca_file": self.ca_file,
            "max_retries": 0,
            "proxy": "direct",
            "client_cert": self.certificate,
            "client_key": self.key,
        }


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = Service(tmp_path_factory.mktemp("certificates"))
    yield service
    service.server.close()


class Proxy(Listener):
    """An HTTP proxy that tunnels connections for one user."""

    def __init__(self, credentials: str) -> None:
        self.expected = f"proxy-authorization: basic {b64encode(credentials.encode()).decode()}".lower()
        self.requests: list[tuple[str, bool]] = []
        super().__init__()

    def serve(self, client: socket.socket) -> None:
        with client:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += client.recv(1)
            lines = head.decode().splitlines()
            is_allowed = any(line.lower() == self.expected for line in lines)
            self.requests.append((lines[0], is_allowed))
            if not is_allowed:
                client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n")
                return
            host, _, port = lines[0].split(" ")[1].rpartition(":")
            with socket.create_connection((host, int(port))) as target:
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                back = threading.Thread(target=_pump, args=(target, client), daemon=True)
                back.start()
                _pump(client, target)
                back.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(4096):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        """The other side has closed the connection."""


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_proxy_with_a_password_is_used(kind: str, key: str, service: Service) -> None:
    options = service.options(key)
    with Proxy("me:p@ss") as proxy:
        assert get(kind, {**options, "proxy": f"http://me:p%40ss@{proxy.address}"}) == "5"
        assert proxy.requests == [(f"CONNECT localhost:{service.server.server_port} HTTP/1.1", True)]
        with pytest.raises(ProxyError) as caught:
            get(kind, {**options, "proxy": f"http://me:hunter2@{proxy.address}"})
        assert "hunter2" not in repr(caught.value) + str(caught.value)
        assert len(proxy.requests) == 2


def test_the_environment_is_the_default_and_direct_overrides_it(
    key: str, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with Proxy("me:p@ss") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:p%40ss@{proxy.address}")
        assert get("sync", {**service.options(key), "proxy": None}) == "5"
        assert len(proxy.requests) == 1
        assert get("sync", service.options(key)) == "5"
        assert len(proxy.requests) == 1


def test_a_proxy_is_checked_and_printed_without_its_password(key: str) -> None:
    with pytest.raises(ConfigurationError, match="not a valid proxy URL") as caught:
        AgentHuman(key, proxy="http://me:hunt#er2@proxy.test")
    assert caught.value.parameter == "proxy"
    assert "hunt" not in repr(caught.value)
    assert "proxy='http://me:…@proxy.test:3128'" in repr(AgentHuman(key, proxy="http://me:hunter2@proxy.test:3128"))


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("form", ["bytes", "paths", "one file"])
def test_a_client_identifies_itself_with_its_certificate(
    kind: str, form: str, key: str, service: Service, tmp_path: Path
) -> None:
    options = service.options(key)
    certificate, private = tmp_path / "client.pem", tmp_path / "client.key"
    certificate.write_bytes(service.certificate + (service.key if form == "one file" else b""))
    private.write_bytes(service.key)
    if form == "paths":
        options |= {"client_cert": certificate, "client_key": str(private)}
    elif form == "one file":
        options |= {"client_cert": str(certificate), "client_key": None}
    assert get(kind, options) == "5"


def test_a_client_without_a_certificate_is_rejected(key: str, service: Service) -> None:
    with pytest.raises(APIConnectionError):
        get("sync", {**service.options(key), "client_cert": None, "client_key": None})


def test_an_identity_is_checked_when_the_client_is_created(key: str, service: Service) -> None:
    other = trustme.CA().issue_cert("client.example").private_key_pem.bytes()
    secret = other.splitlines()[1].decode()
    for options, parameter, why in (
        ({"client_key": other}, "client_key", "does not belong to client_cert"),
        ({"client_key": "/no/such/key.pem"}, "client_key", "/no/such/key.pem"),
        ({"client_key": other.replace(b"BEGIN ", b"BEGIN ENCRYPTED ")}, "client_key", "client_key"),
        ({"client_key": b"\xff\xfe" + other}, "client_key", "must be the text of a PEM file"),
        ({"client_cert": None}, "client_key", "requires client_cert"),
    ):
        with pytest.raises((ConfigurationError, InvalidArgumentError), match=why) as caught:
            AgentHuman(**{**service.options(key), **options})
        assert caught.value.parameter == parameter
        assert secret not in repr(caught.value) + str(caught.value)


def test_the_user_agent_names_package_runtime_platform_and_program(key: str) -> None:
    with Server(Answer(200, {"success": True, "session": session_row(5)})) as server:
        AgentHuman(key, base_url=server.url).sessions.get("5")
        app = {"name": "shop", "version": "2.1", "url": "https://shop.example"}
        AgentHuman(key, base_url=server.url, app_info=app).sessions.get("5")
    version = ".".join(map(str, sys.version_info[:3]))
    runtime = f"{platform.python_implementation()} {version}; {sys.platform} {platform.machine()}"
    agent = f"agenthuman-python/{agenthuman.__version__} ({runtime})"
    assert [request.headers["user-agent"] for request in server.requests] == [
        agent,
        f"{agent} shop/2.1 (https://shop.example)",
    ]


@pytest.mark.parametrize("app", [{}, {"name": "a\r\nx: y"}, {"name": "a", "url": "x"}, {"name": "a", "color": "blue"}])
def test_an_app_info_that_is_invalid_is_rejected(key: str, app: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        AgentHuman(key, app_info=app)
    assert caught.value.parameter == "app_info"
