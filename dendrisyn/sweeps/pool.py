"""Points over the workers of an executor, whatever becomes of the workers."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import (
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from queue import Empty, SimpleQueue
from typing import Any

from ..errors import InvalidValueError, UnitError
from .job import Job, Outcome, attempt, positive
from .values import Point

#: Seconds between two signs of life while nothing is done.
TICK = 1.0

#: The number of a point and what came of it, or None: still waiting.
Event = tuple[int, Outcome] | None
Events = Generator[Event, None, None]

_DIED = (
    "the worker died while it ran this point, twice. (Its memory may not suffice, or "
    "what runs may crash. In a script, processes need if __name__ == '__main__'.)"
)
_BROKEN = (
    "the executor broke and cannot be made again. Give a function that makes one: "
    "executor=functools.partial(ProcessPoolExecutor, 8)."
)
_NONE_SURVIVES = "no worker survives, so the sweep was stopped."


class Pool:
    """An executor, and how to get another one when it breaks.

    Parameters
    ----------
    executor : Executor or callable
        One that is used as it is and not shut down, or what makes one.
    width : int, optional
        How many points it runs at a time, where it does not say.
    """

    def __init__(self, executor: Any, width: int | None = None) -> None:
        self._make: Callable[[], Executor] | None = None
        if _is_executor(executor):
            self._executor: Any = executor
            self._own = False
        else:
            self._make = executor
            self._executor = executor()
            self._own = True
            if not _is_executor(self._executor):
                raise UnitError(
                    "Sweep.run: executor: expected an executor or a function that "
                    f"makes one; it made {type(self._executor).__name__}."
                )
        told = width or getattr(self._executor, "_max_workers", None)
        self.width: int = told or os.cpu_count() or 1

    @property
    def executor(self) -> Executor:
        """The one in use."""
        return self._executor

    def renew(self) -> bool:
        """Put another executor in the place of a broken one; whether that was possible.

        One that the user made is left to the user; the next one is of the same kind.
        """
        broken = self._executor
        if self._make is None:
            if not isinstance(broken, ProcessPoolExecutor):
                return False
            self._make = _like(broken)
        if self._own:
            broken.shutdown(wait=False)
        self._executor = self._make()
        self._own = True
        return True

    def close(self, *, wait: bool = True) -> None:
        """Shut down what was made here."""
        if self._own:
            self._executor.shutdown(wait=wait)


def _is_executor(given: object) -> bool:
    return hasattr(given, "submit") and not isinstance(given, type)


def _like(executor: ProcessPoolExecutor) -> Callable[[], Executor]:
    """Return what makes a pool as this one, as far as it tells how it was made."""
    told = {
        name: getattr(executor, f"_{name}", None)
        for name in (
            "max_workers",
            "mp_context",
            "initializer",
            "initargs",
            "max_tasks_per_child",
        )
    }
    given = {name: value for name, value in told.items() if value is not None}
    make: Callable[..., Executor] = type(executor)
    return lambda: make(**given)


def choose(job: Job, executor: Any, workers: int | None) -> Pool | None:
    """Return what runs the points; None is this process, one after the other.

    Raises
    ------
    UnitError, InvalidValueError
        If that is not possible.
    """
    if workers is not None:
        workers = positive(workers, "Sweep.run: workers")
    if executor is not None:
        if workers is not None:
            raise InvalidValueError(
                "Sweep.run: expected workers or executor, got both. An executor knows "
                "its workers."
            )
        if not _is_executor(executor) and not callable(executor):
            raise UnitError(
                "Sweep.run: executor: expected a concurrent.futures.Executor or a "
                f"function that makes one, got {executor!r}."
            )
        pool = Pool(executor)
        if type(pool.executor) is ProcessPoolExecutor:
            _can_travel(job)
        return pool
    count = job.workers() if workers is None else workers
    if job.in_threads:
        return Pool(lambda: ThreadPoolExecutor(count), count)
    if count == 1:
        return None
    _can_travel(job)
    return Pool(lambda: ProcessPoolExecutor(count), count)


def _can_travel(job: Job) -> None:
    try:
        pickle.dumps(job)
    except Exception as error:
        raise InvalidValueError(
            f"Sweep.run: the function cannot be sent to another process ({error}). "
            "Define it at the top level of a module, or use an executor that sends "
            "code, such as that of loky or dask.distributed."
        ) from error


def outcomes(job: Job, points: Mapping[int, Point], pool: Pool | None) -> Events:
    """Yield what comes of the points, as it comes; None now and then while waiting.

    A worker that dies breaks a `ProcessPoolExecutor`, and all its points with it. Then
    those that may have been running are run again, one at a time in another pool, so
    the one that kills its worker is known; and the rest goes on.
    """
    if pool is None:
        for index, point in points.items():
            yield index, attempt(job, point)
        return
    try:
        yield from _spread(job, dict(points), pool)
    except BaseException:
        # An interruption, or the reader has enough: what runs is stopped.
        job.cancel()
        pool.close(wait=job.in_threads)
        raise
    pool.close()


def _spread(job: Job, left: dict[int, Point], pool: Pool) -> Events:
    suspects: list[int] = []
    deaths, successes = 0, 0
    while left:
        batch = suspects[:1] or list(left)
        broken = False
        for event in _run(job, {index: left[index] for index in batch}, pool):
            if event is None:
                yield None
            elif event[1] is _WORKER_DIED:
                broken = True
            else:
                del left[event[0]]
                successes += not event[1].error
                yield event
        if broken and not pool.renew():
            yield from _give_up(left, _BROKEN)
            return
        if suspects:
            index = suspects.pop(0)
            if broken:
                deaths += 1
                del left[index]
                yield index, Outcome(error=_DIED)
        elif broken:
            # Points start in their order, so these have.
            suspects = list(left)[: pool.width + 1]
        if deaths > pool.width and not successes:
            yield from _give_up(left, _NONE_SURVIVES)
            return


def _give_up(left: Mapping[int, Point], why: str) -> Events:
    for index in left:
        yield index, Outcome(error=why, lost=True)


#: Stands for what came of a point whose executor broke.
_WORKER_DIED = Outcome(error="the worker died", lost=True)


def _run(job: Job, batch: Mapping[int, Point], pool: Pool) -> Events:
    """Submit points and yield what comes of each."""
    done: SimpleQueue[Future[Outcome]] = SimpleQueue()
    futures: dict[Future[Outcome], int] = {}
    try:
        for index, point in batch.items():
            try:
                future = pool.executor.submit(attempt, job, point)
            except BrokenExecutor:
                yield index, _WORKER_DIED
                continue
            futures[future] = index
            future.add_done_callback(done.put)
        for _ in range(len(futures)):
            while True:
                try:
                    future = done.get(timeout=TICK)
                    break
                except Empty:
                    yield None
            yield futures[future], _outcome(future)
    except BaseException:
        for future in futures:
            future.cancel()
        raise


def _outcome(future: Future[Outcome]) -> Outcome:
    try:
        return future.result()
    except BrokenExecutor:
        return _WORKER_DIED
    except CancelledError:
        return Outcome(error="the executor cancelled it.", lost=True)
    except Exception as error:  # of the executor: attempt() returns those of the job
        return Outcome(error=f"{type(error).__name__}: {error}")
