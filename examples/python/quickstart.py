"""A conversation in ten lines. Needs AGENTHUMAN_API_KEY."""

from agenthuman import AgentHuman

with AgentHuman() as client:
    agent = client.agents.create(name="Sunny", context="You are a friendly guide.")
    session = client.sessions.create(agent_id=agent.id, session_type="agent_chat")
    exchange = client.messages.create(session.id, content="Hello! What can you do?")
    print(exchange.reply.content if exchange.reply else "(no reply)")
    print(client.sessions.end(session.id).status)
