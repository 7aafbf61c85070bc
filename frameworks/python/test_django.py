"""Django's plain and async views, under WSGI and under ASGI."""

from __future__ import annotations

import pytest

from serving import free_port, get, serving


@pytest.mark.parametrize(
    ("server", "arguments"),
    [
        ("gunicorn", ("--workers", "2", "--bind", "127.0.0.1:{port}", "app_django:wsgi")),
        ("uvicorn", ("--port", "{port}", "app_django:asgi")),
    ],
)
def test_views(environment: dict[str, str], server: str, arguments: tuple[str, ...]) -> None:
    port = free_port()
    arguments = tuple(argument.format(port=port) for argument in arguments)
    with serving(server, *arguments, port=port, environment=environment) as url:
        for _ in range(3):
            assert get(f"{url}/plain") == get(f"{url}/awaited") == "active"
