"""Company certificates, from `ca_file` and from the environment variables of other Python programs."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import trustme
from https_service import HttpsService

from agenthuman import AgentHuman, ConfigurationError, TLSError

VARIABLES = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")


class Company(NamedTuple):
    """A service with a certificate that a company's authority has signed, and the file of that authority."""

    url: str
    ca_file: Path


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
    server = HttpsService(context)
    yield Company(server.url, ca_file)
    server.close()


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
