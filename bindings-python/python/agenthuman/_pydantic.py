"""Schemas for pydantic 2 and FastAPI. Imported only when pydantic requests a schema."""

# The type of a page's items is unknown here.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportPrivateUsage=false

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any, get_args

from pydantic_core import PydanticCustomError, core_schema

from ._instant import instant
from ._model import MASK, Model, field, plain, secret
from ._page import Page

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

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

    fields = {name: _field_schema(descriptor, handler) for name, descriptor in _descriptors(cls).items()}
    fields["extra"] = core_schema.typed_dict_field(_OBJECT, required=False)
    return core_schema.no_info_wrap_validator_function(
        validated,
        core_schema.typed_dict_schema(fields, cls=cls),
        ref=f"{cls.__module__}.{cls.__qualname__}:{id(cls)}",
        serialization=core_schema.plain_serializer_function_ser_schema(_serialized),
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
        serialization=core_schema.plain_serializer_function_ser_schema(_serialized),
    )


def _descriptors(cls: type[Model]) -> dict[str, field]:
    """Returns the fields by name, without aliases."""
    return {name: getattr(cls, name) for name in cls.__match_args__}


def _field_schema(descriptor: Any, handler: GetCoreSchemaHandler) -> core_schema.TypedDictField:
    kind, _, optional = descriptor.fget.__annotations__["return"].partition(" | ")
    schema: CoreSchema | None = _SECRET if isinstance(descriptor, secret) else _KINDS.get(kind)
    if schema is None:
        from ._generated import models

        schema = handler.generate_schema(getattr(models, kind))
    if optional:
        schema = core_schema.nullable_schema(schema)
    return core_schema.typed_dict_field(schema, required=not optional)


def _canonical(value: Any) -> Any:
    return value.to_dict() if isinstance(value, Model) else value


def _serialized(value: Any) -> Any:
    """Returns plain values in both modes of pydantic, which formats the instants."""
    if isinstance(value, Page):
        return {"items": [_serialized(item) for item in value.items], "next": value.next}
    return plain(value) if isinstance(value, Model) else value


def _instant(value: Any, parsed: Callable[[Any], datetime]) -> str:
    """Returns the text of an instant. Pydantic parses all forms but the core's, so that the errors are pydantic's."""
    if isinstance(value, str):
        with suppress(ValueError):
            instant(value)
            return value
    return parsed(value).isoformat().replace("+00:00", "Z")


def _unmasked(value: str) -> str:
    if value == MASK:
        raise PydanticCustomError("masked_secret", "Input is masked; use to_dict() or to_json() to keep a secret")
    return value


_TEXT = core_schema.str_schema(coerce_numbers_to_str=True)
_OBJECT = core_schema.dict_schema(core_schema.str_schema(), core_schema.any_schema())
_SECRET = core_schema.no_info_after_validator_function(
    _unmasked, core_schema.str_schema(metadata={"pydantic_js_updates": {"format": "password"}})
)
_KINDS: dict[str, CoreSchema] = {
    "str": _TEXT,
    "int": core_schema.int_schema(),
    "float": core_schema.float_schema(),
    "bool": core_schema.bool_schema(),
    "datetime": core_schema.no_info_wrap_validator_function(
        _instant, core_schema.datetime_schema(tz_constraint="aware")
    ),
    "dict[str, Any]": _OBJECT,
}
