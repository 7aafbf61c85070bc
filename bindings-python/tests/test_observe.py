"""Logging and OpenTelemetry, and that they contain no secrets."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from agenthuman import AgentHuman, AsyncAgentHuman, MissingCredentialError, NotFoundError

from canned import Answer, Server, session_row

SESSION = Answer(200, {"success": True, "session": session_row(5)}, headers={"x-request-id": "r-1"})
BUSY = Answer(503, {"success": False, "error": "busy"}, headers={"retry-after": "0"})
GONE = Answer(404, {"success": False, "error": "gone"})

_exporter = InMemorySpanExporter()
_provider = TracerProvider()
_provider.add_span_processor(SimpleSpanProcessor(_exporter))
trace.set_tracer_provider(_provider)


@pytest.fixture
def spans() -> InMemorySpanExporter:
    _exporter.clear()
    return _exporter


def call(kind: str, client: dict[str, Any]) -> Any:
    if kind == "sync":
        return AgentHuman(**client).sessions.get("5")
    return asyncio.run(AsyncAgentHuman(**client).sessions.get("5"))


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_every_attempt_is_logged(kind: str, key: str, caplog: pytest.LogCaptureFixture) -> None:
    answers = iter([BUSY, SESSION])
    with caplog.at_level(logging.DEBUG, "agenthuman"), Server(lambda _: next(answers)) as server:
        call(kind, {"api_key": key, "base_url": server.url})
    lines = [record.getMessage() for record in caplog.records if record.name == "agenthuman"]
    where = "GET /v1/sessions/{id} (sessions.get)"
    assert lines[0].startswith(f"{where}: attempt 1: service_unavailable in ")
    assert lines[1].startswith(f"{where}: attempt 2: 200 in ")
    assert lines[2].startswith(f"{where}: 200 after ")
    assert lines[2].endswith("request id r-1")
    assert len(lines) == 3
    assert key not in caplog.text


def test_a_failure_is_logged(key: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "agenthuman"), Server(GONE) as server:
        with pytest.raises(NotFoundError):
            call("sync", {"api_key": key, "base_url": server.url})
        with pytest.raises(MissingCredentialError):
            call("sync", {"base_url": server.url})
    lines = [record.getMessage() for record in caplog.records]
    assert "attempt 1: not_found in" in lines[0]
    assert "not_found after" in lines[1]
    assert "missing_credential after" in lines[2]


def test_nothing_is_logged_above_debug(key: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "agenthuman"), Server(SESSION) as server:
        call("sync", {"api_key": key, "base_url": server.url})
    assert caplog.records == []


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_call_is_a_span(kind: str, key: str, spans: InMemorySpanExporter) -> None:
    with Server(SESSION) as server, trace.get_tracer("test").start_as_current_span("mine") as mine:
        call(kind, {"api_key": key, "base_url": server.url})
    span, _ = spans.get_finished_spans()
    assert (span.name, span.kind) == ("sessions.get", trace.SpanKind.CLIENT)
    assert span.parent is not None
    assert span.parent.span_id == mine.get_span_context().span_id
    assert attributes(span) == {
        "agenthuman.operation": "sessions.get",
        "http.request.method": "GET",
        "url.template": "/v1/sessions/{id}",
        "http.response.status_code": 200,
        "agenthuman.request_id": "r-1",
        "agenthuman.attempts": 1,
    }
    assert key not in span.to_json()


def test_a_failed_call_is_a_failed_span(key: str, spans: InMemorySpanExporter) -> None:
    with Server(GONE) as server, pytest.raises(NotFoundError):
        call("sync", {"api_key": key, "base_url": server.url})
    (span,) = spans.get_finished_spans()
    assert span.status.status_code is trace.StatusCode.ERROR
    assert attributes(span)["error.type"] == "not_found"
    assert attributes(span)["http.response.status_code"] == 404


async def test_a_cancelled_call_ends_its_span(key: str, spans: InMemorySpanExporter) -> None:
    with Server(Answer(silent=True)) as server:
        task = asyncio.create_task(AsyncAgentHuman(key, base_url=server.url).sessions.get("5"))
        assert await asyncio.to_thread(server.requested.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    (span,) = spans.get_finished_spans()
    assert attributes(span)["error.type"] == "CancelledError"


async def test_concurrent_calls_have_separate_spans(key: str, spans: InMemorySpanExporter) -> None:
    with Server(SESSION) as server:
        client = AsyncAgentHuman(key, base_url=server.url)
        with trace.get_tracer("test").start_as_current_span("mine") as mine:
            await asyncio.gather(*(client.sessions.get("5") for _ in range(8)))
            assert trace.get_current_span() is mine
    parents = [span.parent.span_id for span in spans.get_finished_spans() if span.parent]
    assert parents == [mine.get_span_context().span_id] * 8
