"""The bar that shows the progress of a sweep."""

import io
import subprocess
import sys

import pytest
import tqdm.std

from dendrisyn.errors import UnitError
from dendrisyn.rig import progress
from dendrisyn.rig.progress import progress_report
from dendrisyn.sweeps import Sweep, parameter_grid

from .jobs import fails, product


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def told(monkeypatch):
    """Return a function that returns what a bar draws at some times (second)."""

    def draw(stream, times, *, asked=None, failed=0, first=0):
        now = 0.0
        monkeypatch.setattr(sys, "stderr", stream)
        for module in (progress, tqdm.std):
            monkeypatch.setattr(module, "time", lambda: now)
        report = progress_report(asked, "sweep")
        total = first + len(times) + failed
        report(first, total, 0)
        for done, now in enumerate(times, first + 1):  # noqa: B007
            report(done, total, failed)
        return stream.getvalue()

    return draw


def test_short_sweeps_show_nothing(told):
    assert told(io.StringIO(), [1, 2, 3, 4.9]) == ""
    assert told(Terminal(), [1, 2, 3, 4.9]) == ""


def test_a_terminal_has_one_line_that_is_written_again(told):
    text = told(Terminal(), range(2, 20, 2), failed=1)
    lines = text.split("\r")[1:]
    shown = [line.split("| ")[1].split(" [")[0] for line in lines]
    assert shown == [f"{done}/10" for done in (3, 4, 5, 6, 7, 8, 9, 9)]
    assert text.count("\n") == 1
    assert text.endswith("\n")
    assert lines[0].startswith("sweep:  30%|")
    assert "[00:06<00:14, failed=1]" in lines[0]
    assert "9/10 [00:18<00:02, failed=1]" in lines[-1]


def test_the_end_is_shown_without_a_time_left(told):
    text = told(Terminal(), range(2, 22, 2))
    assert text.endswith("| 10/10 [00:20<00:00]\n")
    assert "sweep: 100%|" in text


def test_a_terminal_is_written_to_twice_a_second_at_most(told):
    text = told(Terminal(), [5 + n / 100 for n in range(1001)])
    assert 20 <= text.count("\r") <= 23


def test_a_file_has_a_line_now_and_then(told):
    lines = told(io.StringIO(), range(1, 3601)).split("\r")[1:]
    # every 30 s for 10 minutes, then 20 lines while the time grows e-fold, and the end
    assert 50 < len(lines) < 70
    assert lines[0].startswith("sweep:   0%|")
    assert "5/3600 [00:05<" in lines[0]
    assert "3600/3600 [1:00:00<00:00]" in lines[-1]


def test_points_of_an_earlier_run_take_no_time(told):
    lines = told(Terminal(), [2, 4, 6, 8], first=96).split("\r")
    assert "99/100 [00:06<00:02]" in lines[1]


def test_a_second_run_has_a_bar_of_its_own(monkeypatch):
    stream, now = Terminal(), 0.0
    monkeypatch.setattr(sys, "stderr", stream)
    for module in (progress, tqdm.std):
        monkeypatch.setattr(module, "time", lambda: now)
    report = progress_report(None, "rest")
    for now in (4, 8, 9):
        report(round(100 * now / 9), 100, 0)
    report(0, 100, 0)  # at once after the first: too short a run would flicker
    assert stream.getvalue().count("\n") == 1
    now = 10
    report(50, 100, 0)
    report(100, 100, 0)
    assert stream.getvalue().count("\n") == 2


def test_a_bar_starts_no_thread_and_fixes_no_way_to_start_processes():
    """Processes that are forked later must not meet locked locks."""
    code = """
import multiprocessing, sys, threading
from dendrisyn.rig.progress import progress_report
report = progress_report(True, 'sweep')
assert 'tqdm' not in sys.modules
report(0, 2, 0)
report(1, 2, 0)
assert 'tqdm' in sys.modules
assert threading.active_count() == 1
assert multiprocessing.get_start_method(allow_none=True) is None
"""
    command = [sys.executable, "-W", "ignore", "-c", code]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "1/2" in ran.stderr


def test_short_runs_are_silent_by_default(capsys):
    Sweep(product, parameter_grid({"a": range(5)})).run()
    Sweep(product, parameter_grid({"a": range(5)})).run(progress=False)
    assert capsys.readouterr() == ("", "")


def test_a_bar_can_be_asked_for(capsys):
    Sweep(product, parameter_grid({"a": range(5)})).run(progress=True)
    assert "5/5" in capsys.readouterr().err


def test_a_function_is_called_with_the_progress():
    calls = []
    with pytest.warns(match="1 of 5 points failed"):
        Sweep(fails, parameter_grid({"a": range(5)})).run(
            progress=lambda *state: calls.append(state)
        )
    assert calls == [
        (0, 5, 0),
        (1, 5, 0),
        (2, 5, 0),
        (3, 5, 0),
        (3, 5, 1),
        (4, 5, 1),
    ]


def test_other_types_are_refused():
    with pytest.raises(UnitError, match="progress: expected True, False or a function"):
        Sweep(product, [{"a": 1}]).run(progress="yes")
