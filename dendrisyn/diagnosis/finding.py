"""`Finding` and `Findings`: the results of `diagnose`."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

__all__ = ["Finding", "Findings"]

_NOTHING = "No finding: the network contains none of the mistakes that diagnose checks."


@dataclass(frozen=True)
class Finding:
    """A silent mistake in a network.

    Attributes
    ----------
    kind : str
        The kind of mistake, in two or three words: 'zero weights'.
    object : str
        The name of the Brian2 object, and of its Python variable if there is one.
    problem : str
        The mistake.
    effect : str
        The effect on the simulation.
    remedy : str
        Code that corrects it.
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
        for number, finding in enumerate(self, start=1):
            parts.append(
                f"{number}. {finding.kind}: {finding.object}\n"
                f"   problem: {finding.problem}\n"
                f"   effect:  {finding.effect}\n"
                f"   remedy:  {finding.remedy}"
            )
        return "\n\n".join(parts)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        if not self:
            return f"<p>{_NOTHING}</p>"
        items = "".join(
            f"<li><b>{escape(finding.kind)}</b>: {escape(finding.object)}"
            f"<br>{escape(finding.problem)}<br>{escape(finding.effect)}"
            f"<br><code>{escape(finding.remedy)}</code></li>"
            for finding in self
        )
        return f"<ol>{items}</ol>"
