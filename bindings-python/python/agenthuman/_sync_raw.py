"""The connection of `with_raw_response`, whose methods return raw responses."""

from __future__ import annotations

from ._raw import RawResponse
from ._sync import SyncConnection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ._connection import PendingCall


class RawSyncConnection(SyncConnection):
    """Returns a `RawResponse` from every method. `_raw` types them."""

    __slots__ = ()

    def one(self, pending: PendingCall, model: Any) -> Any:
        reply = self.reply(pending)
        return RawResponse(reply, reply.one(model))

    def nothing(self, pending: PendingCall) -> Any:
        return RawResponse(self.reply(pending), None)

    def json(self, pending: PendingCall) -> Any:
        reply = self.reply(pending)
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
