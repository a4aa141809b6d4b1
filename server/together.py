"""One read of the store for all who ask in the same moment: after a restart everybody comes back at once.

A read begins after everybody whom it answers has asked, so nobody is answered by what was before they came. Whoever
asks while one is under way is answered by the next. Sign-ins and rooms use it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from sqlmodel import Session

from server.database import Store
from server.waiting import resolve

K = TypeVar("K")
V = TypeVar("V")


class Together(Generic[K, V]):
    """``read`` answers the questions of at most ``most`` people, in their order, by one committed moment."""

    def __init__(self, store: Store, read: Callable[[Session, Sequence[K]], Sequence[V]], most: int) -> None:
        self._store = store
        self._read = read
        self._most = most
        self._waiting: list[tuple[K, asyncio.Future[V]]] = []
        self._work: asyncio.Task[None] | None = None

    async def ask(self, question: K) -> V:
        """The answer as it is committed now, or later. Raises what the read raised."""
        done: asyncio.Future[V] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, done))
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._answer(), name="read together")
        return await done

    async def _answer(self) -> None:
        while self._waiting:
            asked, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            questions = [question for question, _ in asked]
            try:
                found = await self._store.aread(lambda session, some=questions: self._read(session, some))  # type: ignore[misc]
            except Exception as trouble:  # noqa: BLE001 - whoever asked is told
                for _, done in asked:
                    if not done.done():
                        done.set_exception(trouble)
            except BaseException:
                for _, done in (*asked, *self._waiting):  # nobody would read for those who still wait
                    done.cancel()
                self._waiting = []
                raise
            else:
                for (_, done), answer in zip(asked, found, strict=True):
                    resolve(done, answer)
