"""Warnings of other people's decoders, kept back on the reading thread only."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterator


# Every thread has a context of its own, so this counts the blocks that the thread asking is in.
_DEPTH: ContextVar[int] = ContextVar("depth", default=0)


class _Reading:
    """Stands where a warning filter has its pattern of module names, and matches on reading threads only."""

    def match(self, _module: str) -> bool:
        return _DEPTH.get() > 0


_FILTER: Any = ("ignore", None, Warning, _Reading(), 0)


@contextmanager
def decoders_kept_quiet() -> Iterator[None]:
    """Ignore every warning that is raised on this thread inside the block.

    Radiographs are read on background threads, where `warnings.catch_warnings` must not be used: it swaps the
    filters of the whole process, and two threads that leave it in the wrong order leave them swapped. One filter that
    asks which thread is speaking stays in place instead, and does nothing outside such a block.

    Nothing is lost: what a decoder may warn about (padding, values that break the standard, a missing end, absurd
    sizes) is checked by the reader itself, which refuses the file or says in `Radiograph.applied` what it did.
    """
    filters = cast("list[Any]", warnings.filters)
    if not filters or filters[0] is not _FILTER:
        filters[:] = [_FILTER, *(entry for entry in filters if entry is not _FILTER)]
    token = _DEPTH.set(_DEPTH.get() + 1)
    try:
        yield
    finally:
        _DEPTH.reset(token)
