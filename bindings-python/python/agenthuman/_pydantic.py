"""Schemas for pydantic 2 and FastAPI. Imported only when pydantic requests a schema."""

# The type of a page's items is unknown here.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportPrivateUsage=false

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any, get_args

from pydantic_core import PydanticCustomError, core_schema

from ._instant import instant, instant_text
from ._model import MASK, Model, masked, plain
from ._native import ItemList
from ._page import Page
from ._schema import REFERENCE, schema_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema


def model_schema(cls: type[Model], handler: GetCoreSchemaHandler) -> CoreSchema:
    """Returns the schema of a model. It validates instances, and dicts in the form of `to_dict`."""

    def validated(value: Any, fields: Callable[[Any], dict[str, Any]]) -> Model:
        if isinstance(value, cls):
            return value
        if isinstance(value, Model):
            raise PydanticCustomError("model_type", "Input should be a {wanted}", {"wanted": cls.__name__})
        checked = {name: _canonical(item) for name, item in fields(value).items()}
        try:
            return cls.from_dict({**value, **checked})
        except ValueError as error:
            raise PydanticCustomError("model_type", "{reason}", {"reason": str(error)}) from None

    schema = schema_of(cls)
    required = schema.get("required", ())
    metadata = {"pydantic_js_updates": {"description": schema["description"]}}
    fields = {
        name: _field_schema(field, required=name in required, cls=cls, handler=handler)
        for name, field in schema["properties"].items()
    }
    return core_schema.no_info_wrap_validator_function(
        validated,
        core_schema.typed_dict_schema(fields, cls=cls, metadata=metadata),
        ref=f"{cls.__module__}.{cls.__qualname__}:{id(cls)}",
        serialization=core_schema.plain_serializer_function_ser_schema(_serialized, info_arg=True),
    )


def page_schema(source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
    """Returns the schema of `Page[Model]`. It validates instances, and dicts with `items` and `next`."""

    def validated(value: Any, fields: Callable[[Any], dict[str, Any]]) -> Page[Any]:
        if isinstance(value, Page):
            fields({"items": list(value.items), "next": value.next})
            return value
        checked = fields(value)
        return Page(checked["items"], checked.get("next"))

    [item] = get_args(source) or [Any]
    items = core_schema.list_schema(handler.generate_schema(item))
    fields = {
        "items": core_schema.typed_dict_field(items),
        "next": core_schema.typed_dict_field(core_schema.nullable_schema(core_schema.str_schema()), required=False),
    }
    return core_schema.no_info_wrap_validator_function(
        validated,
        core_schema.typed_dict_schema(fields, cls=Page),
        serialization=core_schema.plain_serializer_function_ser_schema(_serialized, info_arg=True),
    )


def _field_schema(
    schema: dict[str, Any], *, required: bool, cls: type[Model], handler: GetCoreSchemaHandler
) -> core_schema.TypedDictField:
    """Returns the schema of a field of a model, by its JSON Schema."""
    [kind, *null] = schema.get("anyOf", [schema])
    found = _kind_schema(kind, cls, handler)
    updates = {"description": schema["description"]}
    if null:
        found = core_schema.nullable_schema(found)
    return core_schema.typed_dict_field(found, required=required, metadata={"pydantic_js_updates": updates})


def _kind_schema(kind: dict[str, Any], cls: type[Model], handler: GetCoreSchemaHandler) -> CoreSchema:
    if "$ref" in kind:
        return handler.generate_schema(getattr(_models(cls), kind["$ref"].removeprefix(REFERENCE)))
    if kind["type"] == "array":
        return _list_schema(_kind_schema(kind["items"], cls, handler))
    if "examples" in kind:
        examples = {"pydantic_js_updates": {"examples": kind["examples"]}}
        return core_schema.str_schema(coerce_numbers_to_str=True, metadata=examples)
    return _KINDS[kind["type"], kind.get("format")]


def _list_schema(items: CoreSchema) -> CoreSchema:
    """Returns the schema of a list, or of the models in a field of a model."""

    def listed(value: Any) -> Any:
        return list(value) if isinstance(value, ItemList) else value

    return core_schema.no_info_before_validator_function(listed, core_schema.list_schema(items))


def _models(cls: type[Model]) -> ModuleType:
    """Returns the module of the contract whose operations return the model."""
    # Bundlers such as PyInstaller only find imports of constant names.
    if cls._surface == "rooms":
        from ._generated.rooms import models as rooms

        return rooms
    from ._generated import models

    return models


def _canonical(value: Any) -> Any:
    if isinstance(value, list):
        return [_canonical(item) for item in value]
    return value.to_dict() if isinstance(value, Model) else value


def _serialized(value: Any, info: core_schema.SerializationInfo) -> Any:
    """Returns Python values, or in JSON the canonical form, whose instants are as the service wrote them."""
    if isinstance(value, Page):
        return {"items": [_serialized(item, info) for item in value.items], "next": value.next}
    if not isinstance(value, Model):
        return value
    return masked(value) if info.mode_is_json() else plain(value)


def _instant(value: Any, parsed: Callable[[Any], datetime]) -> str:
    """Returns the text of an instant. Pydantic parses all forms but the core's, so that the errors are pydantic's."""
    if isinstance(value, str):
        with suppress(ValueError):
            instant(value)
            return value
    return instant_text(parsed(value))


def _unmasked(value: str) -> str:
    if value == MASK:
        raise PydanticCustomError("masked_secret", "Input is masked; use to_dict() or to_json() to keep a secret")
    return value


_SECRET = core_schema.no_info_after_validator_function(
    _unmasked, core_schema.str_schema(metadata={"pydantic_js_updates": {"format": "password"}})
)
_KINDS: dict[tuple[str, str | None], CoreSchema] = {
    ("string", None): core_schema.str_schema(coerce_numbers_to_str=True),
    ("string", "password"): _SECRET,
    ("string", "date-time"): core_schema.no_info_wrap_validator_function(
        _instant, core_schema.datetime_schema(tz_constraint="aware")
    ),
    ("integer", None): core_schema.int_schema(),
    ("number", None): core_schema.float_schema(),
    ("boolean", None): core_schema.bool_schema(),
    ("object", None): core_schema.dict_schema(core_schema.str_schema(), core_schema.any_schema()),
}
"""The schemas by type and format of JSON Schema."""
