"""A sweep: points, what is run at each, and what has come of them."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from ..errors import UnitError, located
from ..rig.progress import Report, progress_report
from .grid import Points
from .job import FunctionJob, Job, Outcome
from .pool import choose, outcomes
from .results import Failure, SweepError, SweepResults, SweepWarning, report
from .store import Folder, Memory, Store


class Sweep:
    """Runs of one build, or of one function, at many points.

    Everything is checked before anything runs. What a run returns is kept at once; a
    point that fails, and a worker that dies, is reported with its point and the others
    are kept. `run` runs what is missing, so calling it again, in this process or with
    the same *directory* in another one, resumes the sweep.

    Parameters
    ----------
    job : StandaloneBuild or callable
        What is run at each point. A function is called with the values of the point by
        name and returns a dict of results: numbers, text or arrays, with or without
        units. It is run with the `defaultclock.dt`, the preferences and the
        `default_params` of the moment when the sweep was made, and is seeded with a
        number that follows from the point.
    points : Points or iterable of dict
        From `parameter_grid`, or one dict of names to values for each point.
    directory : path, optional
        A folder to keep the results in. They are found there by the values of the point
        and by a fingerprint of the code, so results of other code are never taken for
        results of this one.
    version : str, optional
        A name for the state of the code, in the place of its fingerprint. Whoever
        gives it says himself when results are out of date.

    Attributes
    ----------
    points : Points
        What is swept, with the values as they are run.

    Raises
    ------
    UnknownNameError
        If a point has a parameter that the build or the function does not have.
    UnitError, InvalidValueError
        If a value has the wrong unit or shape, is not finite, or two points are the
        same.

    Examples
    --------
    >>> from brian2 import nS, pF
    >>> from dendrisyn import PointNeuronModel, Sweep, parameter_grid
    >>> def time_constant(g):
    ...     cell = PointNeuronModel(cm_abs=100*pF, gl_abs=g)
    ...     return {'tau': cell.parameters['C']/cell.parameters['gL']}
    >>> sweep = Sweep(time_constant, parameter_grid({'g': [2, 5, 10]*nS}))
    >>> sweep.run()['tau']
    array([50., 20., 10.]) * msecond
    """

    def __init__(
        self,
        job: Job | Callable[..., Mapping[str, Any]],
        points: Points | Iterable[Mapping[Any, Any]],
        *,
        directory: str | os.PathLike[str] | None = None,
        version: str | None = None,
    ) -> None:
        if not callable(job):
            raise UnitError(
                "Sweep: job: expected a StandaloneBuild or a function, got "
                f"{type(job).__name__}."
            )
        if version is not None and not isinstance(version, str):
            raise UnitError(f"Sweep: version: expected a text, got {version!r}.")
        if isinstance(points, Mapping):
            raise UnitError(
                "Sweep: points: expected a list of dicts, got one. For all "
                "combinations of its values: parameter_grid(...)."
            )
        self.job = job if isinstance(job, Job) else FunctionJob(job)
        with located("Sweep"):
            given = points if isinstance(points, Points) else Points(points)
            checked = [
                self.job.check(point, f"point {index}")
                for index, point in enumerate(given)
            ]
            # Again: what differs as given may be the same when it is run.
            self.points = Points(checked, given.shape)
        self._failures: dict[int, Failure] = {}
        self._store: Store = Memory()
        if directory is not None:
            folder = Folder(
                Path(directory).resolve(),
                self.job.fingerprint(version),
                list(self.points),
            )
            self._store = folder
            others = folder.of_other_code()
            if others and not any(map(folder.has, range(len(self)))):
                warnings.warn(
                    f"Sweep: {str(directory)!r} holds {others} results of other code, "
                    "of another build or of other settings, which are not used.",
                    SweepWarning,
                    stacklevel=2,
                )

    def __len__(self) -> int:
        return len(self.points)

    def __repr__(self) -> str:
        return f"<Sweep of {len(self)} points: {len(self.missing)} missing>"

    @property
    def missing(self) -> tuple[int, ...]:
        """The numbers of the points that have no results yet."""
        return tuple(index for index in range(len(self)) if not self._store.has(index))

    @property
    def results(self) -> SweepResults:
        """What has come so far."""
        failures = [self._failures[index] for index in sorted(self._failures)]
        return SweepResults(self.points, self._store, range(len(self)), failures)

    def run(
        self,
        executor: Any = None,
        *,
        workers: int | None = None,
        progress: bool | Report | None = None,
    ) -> SweepResults:
        """Run the points that are missing.

        Parameters
        ----------
        executor : concurrent.futures.Executor or callable, optional
            Where the points are run: the executor of a pool of threads or processes, of
            loky, of `dask.distributed`, of `mpi4py.futures`. It is left open. A
            function that makes one serves to make another one when a worker dies.
        workers : int, optional
            How many points run at a time on this machine. By default a build runs as
            many as there are processors (divided by its OpenMP threads), and a function
            one after the other in this process; more are processes.
        progress : bool or callable, optional
            True for a bar, False for none. By default, a bar is drawn when a sweep has
            taken five seconds. A function is called with the numbers of finished
            points, of all points and of failed points.

        Returns
        -------
        SweepResults
            Of all points, also of those that were run before.

        Warns
        -----
        SweepWarning
            If points failed; it says which, with what.

        Raises
        ------
        SweepError
            If all points that were run failed.
        """
        missing = self.missing
        if missing:
            pool = choose(self.job, executor, workers)
            with located("Sweep.run"):
                show = progress_report(progress, "sweep")
            self._failures.clear()
            done = len(self) - len(missing)
            points = {index: self.points[index] for index in missing}
            show(done, len(self), 0)
            with closing(outcomes(self.job, points, pool)) as events:
                for event in events:
                    if event is not None:
                        done += self._keep(*event)
                    show(done, len(self), len(self._failures))
            self._report(len(missing))
        return self.results

    def _keep(self, index: int, outcome: Outcome) -> bool:
        if outcome.values is not None:
            self._store.put(index, outcome.values)
            return True
        self._failures[index] = Failure(
            index, self.points[index], outcome.error, outcome.trace, outcome.lost
        )
        return False

    def _report(self, ran: int) -> None:
        if not self._failures:
            return
        failures = [self._failures[index] for index in sorted(self._failures)]
        text = report(failures, len(self))
        if len(failures) == ran == len(self):
            first = failures[0]
            raise SweepError(f"Sweep: {text}\n\n{first.trace}".rstrip())
        warnings.warn(f"Sweep: {text}", SweepWarning, stacklevel=3)
