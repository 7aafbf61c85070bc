"""Values of this package in JSON."""

# The type of a page's items is unknown here.
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false, reportUnknownArgumentType=false

from __future__ import annotations

from ._attempt import Attempt
from ._generated.errors import AgentHumanError
from ._model import Model, masked
from ._page import Page

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def json_default(value: object) -> Any:
    """Converts the objects of this package for `json.dumps(values, default=json_default)`, also within other values.

    Models are written in their canonical form, with secrets masked; `Model.to_dict` keeps them. Pages, errors, attempts
    and the instants of models are converted, too.

    Args:
        value: The value that `json.dumps` cannot convert.

    Raises:
        TypeError: If the value is not an object of this package.
    """
    if isinstance(value, Model):
        return masked(value)
    if isinstance(value, Page):
        return {"items": list(value.items), "next": value.next}
    if isinstance(value, (AgentHumanError, Attempt)):
        return value.to_dict()
    from datetime import datetime

    from ._instant import instant_text

    if isinstance(value, datetime):
        return instant_text(value)
    raise TypeError(f"{type(value).__name__} is not an object of agenthuman")
