"""Pools of workers that run the points of a sweep, also when workers die."""

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
from ..units import positive_integer
from .job import Job, Outcome, attempt
from .values import Point

#: Seconds between two events while no point ends, for the progress bar.
TICK = 1.0

#: The number of a point and its outcome, or None while no point ends.
Event = tuple[int, Outcome] | None
Events = Generator[Event, None, None]

_DIED = (
    "the worker died twice while it ran this point. Check whether the memory suffices "
    "and whether the simulation crashes; a script needs if __name__ == '__main__'."
)
_BROKEN = (
    "the process pool crashed. Pass a function that creates an executor, so that it "
    "can be restarted: executor=functools.partial(ProcessPoolExecutor, 8)."
)
_ALL_DIE = "all workers die, so the sweep was stopped. Check that a point can run."


class Pool:
    """An executor that is made anew when it breaks.

    Parameters
    ----------
    executor : Executor or callable
        An executor of the user, which is not shut down; or a function that makes an
        executor.
    width : int, optional
        Number of points that run at a time, if the executor does not have it.
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
                    f"makes an executor; it made {type(self._executor).__name__}."
                )
        workers = width or getattr(self._executor, "_max_workers", None)
        self.width: int = workers or os.cpu_count() or 1

    @property
    def executor(self) -> Executor:
        """The executor in use."""
        return self._executor

    def renew(self) -> bool:
        """Replace a broken executor, and return whether this was possible.

        The broken executor of a user is not shut down; its successor is of its kind.
        """
        broken = self._executor
        if self._make is None:
            if not isinstance(broken, ProcessPoolExecutor):
                return False
            self._make = _maker_of(broken)
        if self._own:
            broken.shutdown(wait=False)
        self._executor = self._make()
        self._own = True
        return True

    def close(self, *, wait: bool = True) -> None:
        """Shut down the executor, unless it is the user's."""
        if self._own:
            self._executor.shutdown(wait=wait)


def _is_executor(value: object) -> bool:
    """Return whether *value* is an executor."""
    return hasattr(value, "submit") and not isinstance(value, type)


def _maker_of(executor: ProcessPoolExecutor) -> Callable[[], Executor]:
    """Return a function that makes a pool with the arguments of this pool."""
    attributes = {
        name: getattr(executor, f"_{name}", None)
        for name in (
            "max_workers",
            "mp_context",
            "initializer",
            "initargs",
            "max_tasks_per_child",
        )
    }
    arguments = {name: value for name, value in attributes.items() if value is not None}
    make: Callable[..., Executor] = type(executor)
    return lambda: make(**arguments)


def pool_for(job: Job, executor: Any, workers: int | None) -> Pool | None:
    """Return the pool that runs the points, or None to run them in this process."""
    if workers is not None:
        workers = positive_integer(workers, "Sweep.run: workers", wrong_type=UnitError)
    if executor is not None:
        if workers is not None:
            raise InvalidValueError(
                "Sweep.run: expected workers or executor, got both. Leave workers out: "
                "an executor has its own number of workers."
            )
        if not _is_executor(executor) and not callable(executor):
            raise UnitError(
                "Sweep.run: executor: expected a concurrent.futures.Executor or a "
                f"function that makes one, got {executor!r}."
            )
        pool = Pool(executor)
        if type(pool.executor) is ProcessPoolExecutor:
            _check_pickle(job)
        return pool
    count = job.workers() if workers is None else workers
    if job.in_threads:
        return Pool(lambda: ThreadPoolExecutor(count), count)
    if count == 1:
        return None
    _check_pickle(job)
    return Pool(lambda: ProcessPoolExecutor(count), count)


def _check_pickle(job: Job) -> None:
    """Raise an error if the job cannot be sent to another process."""
    try:
        pickle.dumps(job)
    except Exception as error:
        raise InvalidValueError(
            f"Sweep.run: the function cannot be sent to another process ({error}). "
            "Define it at the top level of a module, or use an executor that sends "
            "code, such as that of loky or dask.distributed."
        ) from error


def outcomes(job: Job, points: Mapping[int, Point], pool: Pool | None) -> Events:
    """Yield the outcomes of points in the order of their ends, None while waiting.

    A worker that dies breaks its `ProcessPoolExecutor`, with all points in it. Points
    that may have been running are then run again one at a time in another pool, which
    shows the point that kills its worker; the other points go on.
    """
    if pool is None:
        for index, point in points.items():
            yield index, attempt(job, point)
        return
    try:
        yield from _run_all(job, dict(points), pool)
    except BaseException:
        # An interruption, or the generator is closed: running points are stopped.
        job.cancel()
        pool.close(wait=job.in_threads)
        raise
    pool.close()


def _run_all(job: Job, left: dict[int, Point], pool: Pool) -> Events:
    """Run points in a pool, and isolate those that kill their workers."""
    suspects: list[int] = []
    deaths, successes = 0, 0
    while left:
        batch = suspects[:1] or list(left)
        broken = False
        for event in _run_batch(job, {index: left[index] for index in batch}, pool):
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
            # Points start in their order, so these may have been running.
            suspects = list(left)[: pool.width + 1]
        if deaths > pool.width and not successes:
            yield from _give_up(left, _ALL_DIE)
            return


def _give_up(left: Mapping[int, Point], reason: str) -> Events:
    """Yield lost points."""
    for index in left:
        yield index, Outcome(error=reason, lost=True)


#: The outcome of a point whose executor broke.
_WORKER_DIED = Outcome(error="the worker died", lost=True)


def _run_batch(job: Job, batch: Mapping[int, Point], pool: Pool) -> Events:
    """Submit points and yield their outcomes."""
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
    """Return the outcome of a finished future."""
    try:
        return future.result()
    except BrokenExecutor:
        return _WORKER_DIED
    except CancelledError:
        return Outcome(error="the executor cancelled this point.", lost=True)
    except Exception as error:  # an error of the executor: attempt() returns the job's
        return Outcome(error=f"{type(error).__name__}: {error}")
