"""The line that tells how far a sweep is."""

import io

import pytest

from dendrisyn.errors import UnitError
from dendrisyn.progress import Bar
from dendrisyn.sweeps import Sweep, parameter_grid

from .jobs import fails, product


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    """A time that the test sets."""

    def __init__(self):
        self.time = 0.0

    def __call__(self):
        return self.time


def told(stream, times, *, quiet=5.0, failed=0, first=0):
    """Return what a bar writes when a point is done at each of these times."""
    clock = Clock()
    bar = Bar("sweep", stream, quiet=quiet, now=clock)
    total = first + len(times)
    bar(first, total, 0)
    for done, time in enumerate(times, first + 1):
        clock.time = time
        bar(done, total, failed)
    return stream.getvalue()


def test_short_sweeps_say_nothing():
    assert told(io.StringIO(), [1, 2, 3, 4.9]) == ""
    assert told(Terminal(), [1, 2, 3, 4.9]) == ""


def test_a_terminal_has_one_line_that_is_written_again():
    text = told(Terminal(), range(2, 22, 2), failed=1)
    lines = text.split("\r")[1:]
    assert len(lines) == 8
    assert text.count("\n") == 1
    assert text.endswith("\n")
    assert lines[0].startswith("sweep [#########.....................] 3/10, 1 failed")
    assert "0:06, 0:14 left" in lines[0]
    assert "10/10, 1 failed, 0:20 " in lines[-1]
    assert "left" not in lines[-1]
    # what is left of a longer line is written over
    assert all(len(line.rstrip("\n")) == 78 for line in lines)


def test_a_file_has_a_line_now_and_then():
    lines = told(io.StringIO(), range(1, 3601)).splitlines()
    # every 30 s for 10 minutes, then 20 lines while the time grows e-fold, and the end
    assert 50 < len(lines) < 70
    assert lines[0].startswith("sweep [..............................] 5/3600, 0:05")
    assert lines[-1].endswith("3600/3600, 1:00:00")


def test_what_was_done_before_takes_no_time():
    line = told(io.StringIO(), [2, 4, 6, 8], first=96, quiet=5).splitlines()[0]
    assert "99/100, 0:06, 0:02 left" in line


def test_it_is_silent_by_default_for_what_is_short(capsys):
    Sweep(product, parameter_grid({"a": range(5)})).run()
    Sweep(product, parameter_grid({"a": range(5)})).run(progress=False)
    assert capsys.readouterr() == ("", "")


def test_it_can_be_asked_for(capsys):
    Sweep(product, parameter_grid({"a": range(5)})).run(progress=True)
    assert "5/5" in capsys.readouterr().err


def test_a_function_is_told():
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


def test_something_else_is_refused():
    with pytest.raises(UnitError, match="progress: expected True, False or a function"):
        Sweep(product, [{"a": 1}]).run(progress="yes")
