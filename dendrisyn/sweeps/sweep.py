"""`Sweep`: runs of a job at many points, and their results."""

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
from .pool import outcomes, pool_for
from .results import Failure, SweepError, SweepResults, SweepWarning, report
from .store import Folder, Memory, Store


class Sweep:
    """Runs of a build, or of a function, at many points.

    All points are checked before the first run. Results are stored at once. Points that
    fail and workers that die are reported with the point, and all other results are
    kept. `run` runs the missing points only: a second call, in this process or with the
    same *directory* in another process, resumes the sweep.

    Parameters
    ----------
    job : StandaloneBuild or callable
        The simulation of a point. A function takes the values of the point as keyword
        arguments and returns a dict of results: numbers, text or arrays, with or
        without units. It runs with the `defaultclock.dt`, the preferences and the
        `default_params` of the time when the sweep was made, and with a seed that
        follows from the point.
    points : Points or iterable of dict
        Points from `parameter_grid`, or a dict of names to values per point.
    directory : path, optional
        A folder for the results. Their file names follow from the values of the point
        and from a fingerprint of the code, so results of other code are never used.
    version : str, optional
        A name for the state of the code, in place of its fingerprint. Change it when
        results are out of date.

    Attributes
    ----------
    points : Points
        The points, with checked values.

    Raises
    ------
    UnknownNameError
        If a point has a parameter that the build or the function does not have.
    UnitError, InvalidValueError
        If a value has the wrong unit or shape or is not finite, or two points are the
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
                "Sweep: points: expected a list of dicts, got a dict. "
                "parameter_grid(...) makes all combinations of its values."
            )
        self.job = job if isinstance(job, Job) else FunctionJob(job)
        with located("Sweep"):
            given = points if isinstance(points, Points) else Points(points)
            checked = [
                self.job.check(point, f"point {index}")
                for index, point in enumerate(given)
            ]
            # Checked again, since different values may become the same by the check.
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
                    "of another build or of other settings. They are not used.",
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
        """The results of all points that were run so far."""
        failures = [self._failures[index] for index in sorted(self._failures)]
        return SweepResults(self.points, self._store, range(len(self)), failures)

    def run(
        self,
        executor: Any = None,
        *,
        workers: int | None = None,
        progress: bool | Report | None = None,
    ) -> SweepResults:
        """Run the missing points.

        Parameters
        ----------
        executor : concurrent.futures.Executor or callable, optional
            The executor that runs the points: a pool of threads or processes, or an
            executor of loky, `dask.distributed` or `mpi4py.futures`. It is not shut
            down. A function that makes an executor is called again when a worker dies.
        workers : int, optional
            Number of points that run at a time on this machine. By default, as many
            points of a build as there are processors (divided by its OpenMP threads),
            and one point of a function, in this process. Several points of a function
            run in processes.
        progress : bool or callable, optional
            True for a bar, False for none. By default, a bar is drawn when a sweep has
            taken five seconds. A function is called with the numbers of finished
            points, of all points and of failed points.

        Returns
        -------
        SweepResults
            Results of all points, also of earlier runs.

        Warns
        -----
        SweepWarning
            If points failed: their numbers, values and errors.

        Raises
        ------
        SweepError
            If all points that were run failed.
        """
        missing = self.missing
        if missing:
            pool = pool_for(self.job, executor, workers)
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
        """Store results or a failure, and return whether there are results."""
        if outcome.values is not None:
            self._store.put(index, outcome.values)
            return True
        self._failures[index] = Failure(
            index, self.points[index], outcome.error, outcome.trace, outcome.lost
        )
        return False

    def _report(self, ran: int) -> None:
        """Warn of failed points, or raise an error if all points failed."""
        if not self._failures:
            return
        failures = [self._failures[index] for index in sorted(self._failures)]
        text = report(failures, len(self))
        if len(failures) == ran == len(self):
            first = failures[0]
            raise SweepError(f"Sweep: {text}\n\n{first.trace}".rstrip())
        warnings.warn(f"Sweep: {text}", SweepWarning, stacklevel=3)
