"""What the benchmarks found: a file, and the tables and the figure of a page."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from dataclasses import asdict, dataclass, field
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

TITLES = {
    "dendrify": "A step, against Dendrify 2.2.0",
    "first_run": "The first run, against Dendrify 2.2.0",
    "accuracy": "Accuracy against cost",
    "simulators": "NEURON, Arbor and NEST",
    "compartments": "More compartments, against Dendrify 2.2.0",
    "limit": "How far from the limit",
}
BEGIN, END = "<!-- results of run.py -->", "<!-- end of results -->"
PACKAGES = (
    "brian2",
    "dendrify",
    "neuron",
    "arbor",
    "nest-simulator",
    "cython",
    "numpy",
)


@dataclass(frozen=True)
class Table:
    """A table: a row begins with text, the rest is text or numbers."""

    title: str
    columns: list[str]
    rows: list[list[Any]]

    def text(self) -> str:
        """Return it in Markdown."""
        lines = [self.columns, ["---", *["---:"] * (len(self.columns) - 1)]]
        lines += [[shown(each) for each in row] for row in self.rows]
        table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        return f"*{self.title}*\n\n{table}" if self.title else table


@dataclass(frozen=True)
class Target:
    """What was hoped for, and what was measured: a ratio."""

    what: str
    measured: float
    limit: float
    at_least: bool = True

    @property
    def passed(self) -> bool:
        """Whether it is reached."""
        if self.at_least:
            return self.measured >= self.limit
        return self.measured <= self.limit

    @property
    def row(self) -> list[Any]:
        """Return it as a row of a table."""
        sign = "at least" if self.at_least else "at most"
        verdict = "yes" if self.passed else "**no**"
        return [self.what, f"{sign} {shown(self.limit)}", self.measured, verdict]


@dataclass(frozen=True)
class Answer:
    """The answer to one question.

    Attributes
    ----------
    tables : list of Table
        What was measured.
    targets : list of Target
        What was hoped for.
    remarks : list of str
        What was checked, and what is missing.
    curves : dict
        What the figure needs.
    """

    tables: list[Table] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    curves: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, stored: dict[str, Any]) -> Answer:
        """Return an answer that was stored."""
        return cls(
            [Table(**each) for each in stored["tables"]],
            [Target(**each) for each in stored["targets"]],
            stored["remarks"],
            stored["curves"],
        )

    def text(self) -> str:
        """Return it in Markdown."""
        parts = [f"{each}" for each in self.remarks]
        parts += [each.text() for each in self.tables]
        if self.targets:
            parts.append(of_targets(self.targets).text())
        return "\n\n".join(parts)


def of_targets(targets: list[Target]) -> Table:
    """Return the table of what was hoped for."""
    columns = ["hoped for", "limit", "measured", "reached"]
    return Table("", columns, [each.row for each in targets])


def shown(value: Any) -> str:
    """Return a number with three digits, and text as it is."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if value == 0 or 100 <= abs(value) < 1e6:
        return f"{value:.0f}"
    if 1e-3 <= abs(value) < 100:
        return f"{value:.3g}"
    return f"{value:.1e}"


class Results:
    """The answers in a folder: results.json, README.md and results.png."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "results.json"
        self.stored: dict[str, Any] = {}
        if self.path.exists():
            self.stored = json.loads(self.path.read_text(encoding="utf-8"))

    def add(self, question: str, answer: Answer, seconds: float) -> None:
        """Keep an answer."""
        self.stored[question] = {
            **asdict(answer),
            "date": str(date.today()),
            "minutes": round(seconds / 60, 1),
            "versions": versions(),
            "machine": machine(),
        }
        text = json.dumps(self.stored, indent=1, default=float, ensure_ascii=False)
        self.path.write_text(text + "\n", encoding="utf-8")

    def write(self) -> None:
        """Write the tables between the markers of the page, and the figure."""
        known = [name for name in TITLES if name in self.stored]
        answers = {name: Answer.read(_plain(self.stored[name])) for name in known}
        parts = ["Nothing has been measured yet."]
        if known:
            parts = [f"Run on {_where(self.stored, known)}."]
        if draw(answers, self.folder / "results.png"):
            parts.append("![Results](results.png)")
        targets = [each for answer in answers.values() for each in answer.targets]
        if targets:
            parts.append(of_targets(targets).text())
        for name, answer in answers.items():
            bare = Answer(answer.tables, [], answer.remarks)
            parts += [f"### {TITLES[name]}", bare.text()]
        page = self.folder / "README.md"
        before, after = "# Results\n\n", ""
        if page.exists() and BEGIN in page.read_text(encoding="utf-8"):
            before, rest = page.read_text(encoding="utf-8").split(BEGIN)
            after = rest.split(END)[1]
        body = "\n\n".join(parts)
        page.write_text(
            f"{before}{BEGIN}\n\n{body}\n\n{END}{after or chr(10)}", encoding="utf-8"
        )


def _plain(stored: dict[str, Any]) -> dict[str, Any]:
    names = ("tables", "targets", "remarks", "curves")
    return {name: stored[name] for name in names}


def _where(stored: dict[str, Any], known: list[str]) -> str:
    """Return when and on what the answers were found: each that differs, once."""
    found: dict[str, list[str]] = {}
    for name in known:
        each = stored[name]
        listed = ", ".join(f"{key} {value}" for key, value in each["versions"].items())
        found.setdefault(f"{each['date']}; {each['machine']}; {listed}", []).append(
            name
        )
    if len(found) == 1:
        return next(iter(found))
    return "; and ".join(f"{', '.join(names)}: {text}" for text, names in found.items())


def versions() -> dict[str, str]:
    """Return the versions of what takes part."""
    found = {"Python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "missing"
    return found


def machine() -> str:
    """Return what it runs on."""
    parts = [f"{os.cpu_count()} cores", platform.system(), platform.machine()]
    processor = Path("/proc/cpuinfo")
    if processor.exists():
        lines = processor.read_text().splitlines()
        names = [line.split(":")[1].strip() for line in lines if "model name" in line]
        parts[:1] = [f"{len(names)} cores, {names[0]}"] if names else []
    try:
        compiler = ["g++", "-dumpfullversion"]
        ran = subprocess.run(compiler, capture_output=True, text=True, check=True)
        parts.append(f"GCC {ran.stdout.strip()}")
    except (OSError, subprocess.CalledProcessError):
        pass
    return ", ".join(parts)


# -- the figure -------------------------------------------------------------------

COLORS = {
    "dendrisyn": "#0072B2",
    "vector": "#D55E00",
    "dendrify": "#999999",
}
METHODS = {
    "crank_nicolson": ("#D55E00", "o"),
    "implicit_euler": ("#E69F00", "v"),
    "exponential_euler": ("#009E73", "s"),
    "euler": ("#000000", "^"),
    "rk2": ("#56B4E9", "D"),
    "rk4": ("#0072B2", "P"),
}


def draw(answers: dict[str, Answer], path: Path) -> bool:
    """Draw what there is; return whether there is anything."""
    try:
        import matplotlib
    except ImportError:
        return False
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    panels = {
        name: panel
        for name, panel in PANELS.items()
        if name in answers and answers[name].curves
    }
    if not panels:
        return False
    figure, axes = plt.subplots(
        (len(panels) + 1) // 2,
        min(len(panels), 2),
        figsize=(11, 4.2 * ((len(panels) + 1) // 2)),
        layout="constrained",
        squeeze=False,
    )
    for axis, (name, panel) in zip(axes.flat, panels.items(), strict=False):
        panel(axis, answers[name].curves)
        axis.set_title(TITLES[name], fontsize=10)
        axis.spines[["top", "right"]].set_visible(False)
    for axis in list(axes.flat)[len(panels) :]:
        axis.axis("off")
    figure.savefig(path, dpi=110)
    plt.close(figure)
    return True


def draw_dendrify(axis: Any, curves: dict[str, Any]) -> None:
    """Bars: how many times faster, by target and number of cells."""
    places: dict[str, list[float]] = {}
    labels, at = [], 0.0
    for key, (plain, vector) in curves.items():
        where, cells = key.split("|")
        at += 1.0 if where in places else 1.7
        places.setdefault(where, []).append(at)
        labels.append(cells if len(cells) < 4 else f"{cells[:-3]}k")
        axis.bar(at - 0.2, plain, 0.4, color=COLORS["dendrisyn"])
        if vector is not None:
            axis.bar(at + 0.2, vector, 0.4, color=COLORS["vector"])
    for where, each in places.items():
        axis.text(
            sum(each) / len(each),
            -0.1,
            where.replace(", ", ",\n").replace("C++ ", "C++\n", 1),
            transform=axis.get_xaxis_transform(),
            ha="center",
            va="top",
            fontsize=8,
        )
    axis.axhline(1, color=COLORS["dendrify"], linewidth=1)
    axis.set_xticks([at for each in places.values() for at in each], labels, fontsize=8)
    axis.set(ylabel="times faster")
    axis.set_xlabel("cells, target", labelpad=38)
    for name, text in (("dendrisyn", "as installed"), ("vector", "vector code")):
        axis.bar(places[next(iter(places))][0], 0, color=COLORS[name], label=text)
    axis.legend(frameon=False, fontsize=8)


def draw_accuracy(axis: Any, curves: dict[str, Any]) -> None:
    """Lines: the error over the cost, a marker for each step."""
    for name, (costs, errors) in curves.items():
        shown_errors = [
            (cost, error)
            for cost, error in zip(costs, errors, strict=True)
            if error < 100
        ]
        color, marker = METHODS[name]
        axis.plot(
            *zip(*shown_errors, strict=True),
            marker=marker,
            color=color,
            markersize=4,
            linewidth=1.2,
            label=name,
        )
    axis.set(
        xscale="log",
        yscale="log",
        xlabel="seconds for 1000 cells and one second",
        ylabel="largest error (mV)",
    )
    axis.legend(frameon=False, fontsize=8)


def draw_simulators(axis: Any, curves: dict[str, Any]) -> None:
    """Bars: the time of each side."""
    order = sorted(curves, key=curves.get)
    colors = [
        COLORS["vector" if "vector" in name else "dendrisyn"]
        if "dendrisyn" in name
        else COLORS["dendrify"]
        for name in order
    ]
    axis.barh(order, [curves[name] for name in order], color=colors)
    for place, name in enumerate(order):
        axis.text(
            curves[name], place, f" {shown(curves[name])} s", va="center", fontsize=8
        )
    axis.set_yticks(range(len(order)), [name.replace(", ", "\n", 1) for name in order])
    axis.invert_yaxis()
    axis.margins(x=0.15)
    axis.tick_params(labelsize=8)
    axis.set(xlabel="time of the loop (s)")


def draw_compartments(axis: Any, curves: dict[str, Any]) -> None:
    """Lines: time over the number of compartments."""
    styles = {"preparation": ("-", "preparation"), "steps": ("--", "100 steps")}
    for key, (sizes, times) in curves.items():
        name, what = key.split("|")
        if what not in styles:
            continue
        style, text = styles[what]
        label = f"{name}, {text}"
        axis.plot(sizes, times, style, marker=".", color=COLORS[name], label=label)
    axis.set(xscale="log", yscale="log", xlabel="compartments", ylabel="time (s)")
    axis.legend(frameon=False, fontsize=8)


PANELS = {
    "dendrify": draw_dendrify,
    "accuracy": draw_accuracy,
    "simulators": draw_simulators,
    "compartments": draw_compartments,
}
