"""The async connection of `with_raw_response`, whose methods return raw responses."""

from __future__ import annotations

from ._async import AsyncConnection
from ._raw import RawResponse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from ._connection import PendingCall
    from ._native import Pager


class RawAsyncConnection(AsyncConnection):
    """Returns a `RawResponse` from every method. `_raw` types them."""

    __slots__ = ()

    async def one(self, pending: PendingCall, model: Any) -> Any:
        reply = await self.reply(pending)
        return RawResponse(reply, reply.one(model))

    async def nothing(self, pending: PendingCall) -> Any:
        return RawResponse(await self.reply(pending), None)

    async def json(self, pending: PendingCall) -> Any:
        reply = await self.reply(pending)
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
        return self._first(model, operation, self.start_pages(operation, params, timeout, max_retries, extra_headers))

    async def _first(self, model: Any, operation: str, begin: Callable[[], Pager]) -> RawResponse[Any]:
        return RawResponse(*await self.first_page(model, operation, begin))
