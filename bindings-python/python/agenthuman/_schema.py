"""JSON Schema of a model."""

# pyright: reportPrivateUsage=false

from __future__ import annotations

from copy import deepcopy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._model import Model

REFERENCE = "#/$defs/"


def json_schema(cls: type[Model]) -> dict[str, Any]:
    """Returns a copy of the schema of a model, with those inside it in `$defs`."""
    schema = deepcopy(schema_of(cls))
    inner: dict[str, Any] = {}
    _collect(schema, _schemas(cls), inner)
    return {**schema, "$defs": inner} if inner else schema


def schema_of(cls: type[Model]) -> dict[str, Any]:
    """Returns the schema of a model, or of the model from which the class is derived. It must not be changed."""
    schemas = _schemas(cls)
    for base in cls.__mro__:
        if base.__name__ in schemas:
            return schemas[base.__name__]
    raise TypeError(f"{cls.__name__} is not a model of the API")


def _schemas(cls: type[Model]) -> dict[str, dict[str, Any]]:
    """Returns the schemas of the contract whose operations return the model, by the names of the models."""
    # Bundlers such as PyInstaller only find imports of constant names.
    if cls._surface == "rooms":
        from ._generated.rooms.schemas import SCHEMAS as ROOMS

        return ROOMS
    from ._generated.schemas import SCHEMAS

    return SCHEMAS


def _collect(schema: dict[str, Any], schemas: dict[str, dict[str, Any]], inner: dict[str, Any]) -> None:
    """Adds the models that the fields of a schema contain."""
    for field in schema["properties"].values():
        for kind in field.get("anyOf", [field]):
            name = kind.get("items", kind).get("$ref", "").removeprefix(REFERENCE)
            if name and name not in inner:
                inner[name] = deepcopy(schemas[name])
                _collect(inner[name], schemas, inner)
