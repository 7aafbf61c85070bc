"""What stands for an argument that is not given, and the exceptions of the native half's errors."""

from __future__ import annotations

from ._errors import error_from_info
from ._native import NotGiven as NotGiven

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._errors import AgentHumanError
    from ._native import NativeError

NOT_GIVEN = NotGiven()
"""That a parameter is not given, where None says something else."""


def error_from_json(text: str) -> AgentHumanError:
    """The exception of the native half's error."""
    from json import loads

    return error_from_info(loads(text))


def refused(error: NativeError) -> AgentHumanError:
    """The exception of what the native half refuses to begin."""
    return error_from_json(error.args[0])
