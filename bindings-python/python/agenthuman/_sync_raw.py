"""A connection that gives answers whole, for `with_raw_response`."""

from __future__ import annotations

from ._raw import RawResponse
from ._sync import SyncConnection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ._connection import Started


class RawSyncConnection(SyncConnection):
    """What it gives is typed by `_raw`."""

    __slots__ = ()

    def one(self, started: Started, model: Any) -> Any:
        reply = self.reply(started)
        return RawResponse(reply, reply.one(model))

    def nothing(self, started: Started) -> Any:
        return RawResponse(self.reply(started), None)

    def json(self, started: Started) -> Any:
        reply = self.reply(started)
        return RawResponse(reply, reply.json())

    def pages(
        self,
        model: Any,
        operation: str,
        params: dict[str, Any],
        timeout: float | None,
        max_retries: int | None,
        extra_headers: Mapping[str, str] | None,
    ) -> Any:
        begin = self.start_pages(operation, params, timeout, max_retries, extra_headers)
        return RawResponse(*self.first_page(model, operation, begin))
