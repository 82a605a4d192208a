"""Models as text, as HTML and as a graph."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

from brian2.units.allunits import nsiemens

from ..equations.assembly import Assembly
from ..equations.parameters import resolve
from ..figures import DENDRITE_COLOR, SOMA_COLOR, pyplot
from ..units import show
from .structure import Structure

__all__ = ["Tree", "draw", "html", "summary", "tree_of"]


class Tree(NamedTuple):
    """The compartments of a model and how they are coupled."""

    #: Names, in reading order.
    nodes: tuple[str, ...]
    #: The names of somata.
    somata: frozenset[str]
    #: Coupled pairs and their conductances, as text.
    edges: Mapping[tuple[str, str], str]

    def layout(self) -> dict[str, tuple[float, float]]:
        """Return a position for each node: the soma below, each leaf in a column.

        The root is the first soma (or the first compartment). A parent stands in the
        middle above which its children spread; nothing is random.
        """
        neighbours: dict[str, list[str]] = {node: [] for node in self.nodes}
        for one, other in self.edges:
            neighbours[one].append(other)
            neighbours[other].append(one)
        root = next((node for node in self.nodes if node in self.somata), self.nodes[0])
        depth, order, children = {root: 0}, [root], {}
        for node in order:
            children[node] = [each for each in neighbours[node] if each not in depth]
            for each in children[node]:
                depth[each] = depth[node] + 1
                order.append(each)

        columns: dict[str, float] = {}
        leaves = 0
        stack = [(root, False)]
        while stack:
            node, expanded = stack.pop()
            if not children[node]:
                columns[node] = leaves
                leaves += 1
            elif expanded:
                below = [columns[each] for each in children[node]]
                columns[node] = (below[0] + below[-1]) / 2
            else:
                stack.append((node, True))
                stack += [(each, False) for each in reversed(children[node])]
        return {node: (columns[node], float(depth[node])) for node in order}


def tree_of(structure: Structure) -> Tree:
    """Return the graph of a model; the node of a point neuron is called 'V'."""
    values = resolve(structure.parameters)
    nodes = {name: name or "V" for name in structure.compartments}
    return Tree(
        tuple(nodes.values()),
        frozenset(nodes[name] for name in structure.somata),
        {
            (first, second): f"{float(values[conductance] / nsiemens):.3g} nS"
            for first, second, conductance in structure.couplings
        },
    )


def summary(title: str, assembly: Assembly) -> str:
    """Return a model as text: equations, parameters, events."""
    sections = [
        ("OBJECT", title),
        ("EQUATIONS", assembly.text),
        ("PARAMETERS", "\n".join(_parameter_lines(assembly))),
    ]
    if assembly.events:
        conditions = (f"{name}: {text}" for name, text in assembly.events.items())
        sections.append(("EVENTS", "\n".join(conditions)))
    return "\n\n".join(f"{head}\n{'-' * len(head)}\n{body}" for head, body in sections)


def _parameter_rows(assembly: Assembly) -> list[tuple[str, str, str]]:
    values = resolve(assembly.parameters)
    return [
        (
            name,
            "not given" if values[name] is None else show(values[name]),
            parameter.spec.meaning,
        )
        for name, parameter in assembly.parameters.items()
    ]


def _parameter_lines(assembly: Assembly) -> list[str]:
    rows = _parameter_rows(assembly)
    if not rows:
        return []
    first, second = (max(len(row[column]) for row in rows) for column in (0, 1))
    return [
        f"{name:<{first}} = {value:<{second}}  {meaning}".rstrip()
        for name, value, meaning in rows
    ]


def html(title: str, assembly: Assembly, tree: Tree, passive: str = "") -> str:
    """Return a model as HTML: graph, passive properties, equations, parameters, events.

    *passive* is an HTML table, or empty.
    """
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(value)}</td>"
        f"<td>{escape(meaning)}</td></tr>"
        for name, value, meaning in _parameter_rows(assembly)
    )
    parts = [f"<div class='dendrisyn'><b>{escape(title)}</b>", _svg(tree)]
    if passive:
        parts.append(f"<div>{passive}</div>")
    parts += [
        f"<details open><summary>Equations</summary>{_latex(assembly)}"
        f"<pre>{escape(assembly.text)}</pre></details>",
        "<details><summary>Parameters</summary><table><tr><th>name</th><th>value</th>"
        f"<th>meaning</th></tr>{rows}</table></details>",
    ]
    if assembly.events:
        events = "".join(
            f"<li><code>{escape(name)}</code>: <code>{escape(condition)}</code></li>"
            for name, condition in assembly.events.items()
        )
        parts.append(
            f"<details open><summary>Events</summary><ul>{events}</ul></details>"
        )
    return "\n".join([*parts, "</div>"])


def _latex(assembly: Assembly) -> str:
    """Return the equations in TeX; empty if the model has problems."""
    if assembly.problems:
        return ""
    text = assembly.parsed()._repr_latex_()
    # Brian2 reads 'apical' as a calligraphic 'api', and shows no unit as radians.
    text = re.sub(r"\\mathcal\{(\w+)\}", r"{\1cal}", text)
    text = text.replace(r": $\mathrm{rad}$", ": 1")
    # TeX does not accept two subscripts in a row, as in I_AMPA_x = ...
    text = re.sub(
        r"^(\\begin\{align\*\})?([^\W_]+)_(\w+) (?=&)",
        lambda found: f"{found[1] or ''}{found[2]}_{{{found[3].replace('_', ' ')}}} ",
        text,
        flags=re.MULTILINE,
    )
    return f"<div>{escape(text)}</div>"


def _svg(tree: Tree) -> str:
    places = tree.layout()
    width = 120 * (1 + max(x for x, _ in places.values()))
    height = 60 * (1 + max(y for _, y in places.values()))
    at = {node: (60 + 120 * x, height - 30 - 60 * y) for node, (x, y) in places.items()}
    lines = "".join(
        f"<line x1='{at[a][0]:g}' y1='{at[a][1]:g}' x2='{at[b][0]:g}' "
        f"y2='{at[b][1]:g}' stroke='#888' stroke-width='2'>"
        f"<title>{escape(label)}</title></line>"
        for (a, b), label in tree.edges.items()
    )
    boxes = "".join(
        f"<rect x='{x - 50:g}' y='{y - 14:g}' width='100' height='28' rx='14' "
        f"fill='{SOMA_COLOR if node in tree.somata else DENDRITE_COLOR}'/>"
        f"<text x='{x:g}' y='{y + 4:g}' text-anchor='middle' fill='white' "
        f"font-size='12' font-family='sans-serif'>{escape(node)}</text>"
        for node, (x, y) in at.items()
    )
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{width:g}' "
        f"height='{height:g}' role='img' aria-label='compartments'>{lines}{boxes}</svg>"
    )


def draw(
    tree: Tree,
    *,
    figsize: Sequence[float],
    fontsize: float,
    fontcolor: str,
    scale_nodes: float,
    color_soma: str,
    color_dendrites: str,
    alpha: float,
    scale_edges: float,
    ax: Any,
) -> Any:
    """Draw a model on matplotlib axes; see `NeuronModel.as_graph`."""
    if ax is None:
        _, ax = pyplot().subplots(figsize=tuple(figsize))
    places = {
        node: (x * scale_edges, y * scale_edges)
        for node, (x, y) in tree.layout().items()
    }
    for (one, other), label in tree.edges.items():
        (x1, y1), (x2, y2) = places[one], places[other]
        ax.plot([x1, x2], [y1, y2], color="0.5", linewidth=2, zorder=1)
        ax.annotate(
            label,
            ((x1 + x2) / 2, (y1 + y2) / 2),
            fontsize=0.8 * fontsize,
            color="0.3",
            ha="center",
            va="center",
            bbox={
                "boxstyle": "round,pad=0.1",
                "facecolor": "white",
                "edgecolor": "none",
            },
        )
    for node, (x, y) in places.items():
        color = color_soma if node in tree.somata else color_dendrites
        ax.annotate(
            node,
            (x, y),
            ha="center",
            va="center",
            color=fontcolor,
            fontsize=fontsize,
            zorder=2,
            bbox={
                "boxstyle": f"round,pad={0.6 * scale_nodes}",
                "facecolor": color,
                "edgecolor": "none",
                "alpha": alpha,
            },
        )
    across = [x for x, _ in places.values()]
    up = [y for _, y in places.values()]
    ax.set_xlim(min(across) - 0.6, max(across) + 0.6)
    ax.set_ylim(min(up) - 0.5, max(up) + 0.5)
    ax.set_axis_off()
    return ax
