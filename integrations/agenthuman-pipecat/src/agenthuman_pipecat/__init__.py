"""AgentHuman avatars for Pipecat.

    from agenthuman_pipecat import AgentHumanVideoService

    avatar = AgentHumanVideoService(avatar="PUBLIC/Avatars/sara-office")  # AGENTHUMAN_API_KEY

Its place in a pipeline is between the text-to-speech service and the output of the transport. It takes the speech, and
returns the avatar's video with its voice.
"""

from importlib.metadata import version

from ._room import LiveKitRoom
from ._video import AgentHumanVideoService

__all__ = ["AgentHumanVideoService", "LiveKitRoom", "__version__"]

__version__ = version("agenthuman-pipecat")
