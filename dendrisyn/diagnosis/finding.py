"""`Finding` and `Findings`: what `diagnose` returns."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

__all__ = ["Finding", "Findings"]

_NOTHING = "No finding: none of the known traps is in this network."


@dataclass(frozen=True)
class Finding:
    """One thing that will silently go wrong.

    Attributes
    ----------
    kind : str
        The trap, in two or three words: 'zero weights'.
    object : str
        The name of the Brian2 object, and of the Python variable where it is known.
    problem : str
        What is wrong.
    effect : str
        What it does to the simulation.
    remedy : str
        The code that mends it.
    """

    kind: str
    object: str
    problem: str
    effect: str
    remedy: str

    def __str__(self) -> str:
        return (
            f"{self.object}: {self.kind}: {self.problem} {self.effect} "
            f"Remedy: {self.remedy}"
        )


class Findings(list[Finding]):
    """A list of findings that reads well in a notebook."""

    def __str__(self) -> str:
        if not self:
            return _NOTHING
        parts = [f"{len(self)} finding{'s' if len(self) > 1 else ''}"]
        for number, each in enumerate(self, start=1):
            parts.append(
                f"{number}. {each.kind}: {each.object}\n"
                f"   problem: {each.problem}\n"
                f"   effect:  {each.effect}\n"
                f"   remedy:  {each.remedy}"
            )
        return "\n\n".join(parts)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        if not self:
            return f"<p>{_NOTHING}</p>"
        items = "".join(
            f"<li><b>{escape(each.kind)}</b>: {escape(each.object)}"
            f"<br>{escape(each.problem)}<br>{escape(each.effect)}"
            f"<br><code>{escape(each.remedy)}</code></li>"
            for each in self
        )
        return f"<ol>{items}</ol>"
