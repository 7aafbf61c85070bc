"""FastAPI under uvicorn: models as return types, and as fields of pydantic models."""

from __future__ import annotations

import json

from serving import free_port, get, serving


def test_routes_return_models_and_document_them(environment: dict[str, str]) -> None:
    port = free_port()
    with serving("uvicorn", "app_fastapi:app", "--port", str(port), port=port, environment=environment) as url:
        session = json.loads(get(f"{url}/session"))
        assert session["status"] == "active"
        page = json.loads(get(f"{url}/sessions"))
        assert [one["id"] for one in page["items"]] == [session["id"]]
        conversation = json.loads(get(f"{url}/conversation"))
        assert conversation["session"]["agent_id"] == conversation["agents"][0]["id"]
        schemas = json.loads(get(f"{url}/openapi.json"))["components"]["schemas"]
        assert "started_at" in schemas["Session"]["properties"]
