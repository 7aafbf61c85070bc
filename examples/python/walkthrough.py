"""The package step by step: models, lists, errors, options, and attempts. Needs AGENTHUMAN_API_KEY."""

from __future__ import annotations

import pickle
from itertools import islice

from agenthuman import AgentHuman, AgentHumanError, InvalidArgumentError, NotFoundError, Session

client = AgentHuman()

print("1. A session, as a value")
agent = client.agents.create(name="Walk", properties={"mood": "curious"})
session = client.sessions.create(agent_id=agent.id, session_type="agent_chat", metadata={"order": 17})
assert session == pickle.loads(pickle.dumps(session))  # noqa: S301
started = f"{session.started_at:%Y}" if session.started_at else "not yet"
print(f"   started {started}, {session.metadata}, unknown fields: {session.extra}")

print("2. Matching on it")
match session:
    case Session(status="active", session_type="agent_chat"):
        print("   an active chat")
    case _:
        print("   something else")

print("3. Lists: walked lazily, or page by page")
for number in range(3):
    client.messages.create(session.id, content=f"Question {number}")
for message in islice(client.messages.list(session.id, limit=2), 3):
    print(f"   {message.role}: {(message.content or '')[:40]}")
page = client.messages.list(session.id, limit=2).page()
print(f"   first page: {[item.role for item in page.items]}; more: {page.next is not None}")

print("4. Errors say what to do")
try:
    client.sessions.get("999999999")
except NotFoundError as error:
    print(f"   {error.status} from {error.operation} after {len(error.attempts)} try")
try:
    client.sessions.list(limit=1000).page()
except InvalidArgumentError as error:
    print(f"   {error.parameter}: nothing was sent")

print("5. Options of one call, of a copy, and what HTTP said")
hasty = client.with_options(timeout=5, max_retries=0)
raw = hasty.with_raw_response.sessions.get(session.id)
print(f"   {raw.status}, request id {'known' if raw.request_id else 'unknown'}, {raw.value.status}")

print("6. What has no method yet")
print(f"   {sorted(client.request('GET', f'/v1/sessions/{session.id}'))}")

try:
    print(f"7. {client.sessions.end(session.id).status}")
except AgentHumanError as error:
    raise SystemExit(f"could not end it: {error}") from error
