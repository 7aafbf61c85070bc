"""AgentHuman avatars for LiveKit Agents.

    from agenthuman_livekit import AvatarSession

    avatar = AvatarSession(avatar="PUBLIC/Avatars/sara-office")  # AGENTHUMAN_API_KEY

`await avatar.start(session, room=ctx.room)` in the entrypoint of a job lets the avatar join the job's room and speak
for the agent.
"""

from importlib.metadata import version

from ._avatar import AvatarSession

__all__ = ["AvatarSession", "__version__"]

__version__ = version("agenthuman-livekit")
