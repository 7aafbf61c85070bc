"""The code under test."""

from __future__ import annotations

from agenthuman import AgentHuman, RateLimitError


class Greeter:
    def __init__(self, client: AgentHuman, agent_id: str) -> None:
        self.client = client
        self.agent_id = agent_id

    def greet(self, name: str) -> str:
        """Returns the agent's words, or a fallback if the agent is busy."""
        try:
            session = self.client.sessions.create(agent_id=self.agent_id)
            reply = self.client.messages.create(session.id, content=f"Hello, I am {name}.").reply
            self.client.sessions.end(session.id)
        except RateLimitError:
            return f"Hello, {name}!"
        return (reply and reply.content) or f"Hello, {name}!"
