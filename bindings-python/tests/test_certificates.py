"""Company certificates, from `ca_file` and from the environment variables of other Python programs."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest
import trustme

from agenthuman import AgentHuman, ConfigurationError, TLSError

from canned import session_row

VARIABLES = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")


class Company(NamedTuple):
    """A service with a certificate that a company's authority has signed, and the file of that authority."""

    url: str
    ca_file: Path


class _Sessions(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"success": True, "session": session_row(5)}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Ignores errors: a client that does not trust the certificate disconnects."""


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES, "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    authority = trustme.CA()
    ca_file = tmp_path_factory.mktemp("certificates") / "ca.pem"
    authority.cert_pem.write_to_path(ca_file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with _Quiet(("127.0.0.1", 0), _Sessions) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Company(f"https://localhost:{server.server_port}", ca_file)
        server.shutdown()


def test_an_unknown_authority_is_a_tls_error_that_names_the_option(key: str, company: Company) -> None:
    with pytest.raises(TLSError, match="ca_file") as caught:
        AgentHuman(key, base_url=company.url).sessions.get("5")
    assert (len(caught.value.attempts), caught.value.retryable) == (1, False)


@pytest.mark.parametrize("name", ["ca_file", *VARIABLES])
def test_company_certificates_are_trusted(
    name: str, key: str, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    options: dict[str, Path] = {}
    if name == "ca_file":
        options["ca_file"] = company.ca_file
    else:
        monkeypatch.setenv(name, str(company.ca_file.parent if name == "SSL_CERT_DIR" else company.ca_file))
    assert AgentHuman(key, base_url=company.url, **options).sessions.get("5").id == "5"  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["ca_file", *VARIABLES])
@pytest.mark.parametrize("content", [None, "no certificate"], ids=["missing", "empty"])
def test_the_error_names_a_path_without_certificates(
    name: str, content: str | None, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    options: dict[str, Path] = {}
    if name == "ca_file":
        options["ca_file"] = path
    else:
        monkeypatch.setenv(name, str(path))
    with pytest.raises(ConfigurationError) as caught:
        AgentHuman(key, base_url="https://localhost:1", **options)  # type: ignore[arg-type]
    assert caught.value.parameter == name
    assert name in str(caught.value)
    assert str(path) in str(caught.value)
