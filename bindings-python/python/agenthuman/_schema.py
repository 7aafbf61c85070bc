"""JSON Schema of a model."""

from __future__ import annotations

from copy import deepcopy

from ._generated.schemas import SCHEMAS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._model import Model

REFERENCE = "#/$defs/"


def json_schema(cls: type[Model]) -> dict[str, Any]:
    """Returns a copy of the schema of a model, with those inside it in `$defs`."""
    schema = deepcopy(schema_of(cls))
    inner: dict[str, Any] = {}
    _collect(schema, inner)
    return {**schema, "$defs": inner} if inner else schema


def schema_of(cls: type[Model]) -> dict[str, Any]:
    """Returns the schema of a model, or of the model from which the class is derived. It must not be changed."""
    for base in cls.__mro__:
        if base.__name__ in SCHEMAS:
            return SCHEMAS[base.__name__]
    raise TypeError(f"{cls.__name__} is not a model of the API")


def _collect(schema: dict[str, Any], inner: dict[str, Any]) -> None:
    """Adds the models that the fields of a schema are."""
    for field in schema["properties"].values():
        for kind in field.get("anyOf", [field]):
            name = kind.get("$ref", "").removeprefix(REFERENCE)
            if name and name not in inner:
                inner[name] = deepcopy(SCHEMAS[name])
                _collect(inner[name], inner)
