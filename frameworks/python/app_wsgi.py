"""WSGI applications that create their client at import, as is common."""

from agenthuman import AgentHuman

client = AgentHuman()


def app(environ, start_response):
    agent = next(iter(client.agents.list()))
    session = client.sessions.create(agent_id=agent.id)
    start_response("200 OK", [("content-type", "text/plain")])
    return [f"{session.status} {session.started_at.isoformat()}".encode()]


def one(environ, start_response):
    session = client.sessions.get("1", max_retries=0)
    start_response("200 OK", [("content-type", "text/plain")])
    return [session.status.encode()]
