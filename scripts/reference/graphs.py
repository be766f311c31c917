"""Graphs as Mermaid draws them, with no arrow that others imply."""

from collections.abc import Iterable, Mapping

Graph = Mapping[str, set[str]]


def reduced(graph: Graph) -> dict[str, list[str]]:
    """Return the arrows from which all others follow; a graph with a cycle has none such."""
    return {
        begin: sorted(end for end in ends if not any(end in reached(graph, other) for other in ends - {end}))
        for begin, ends in sorted(graph.items())
    }


def reached(graph: Graph, begin: str) -> set[str]:
    """Return everything that can be come to from a node."""
    found: set[str] = set()
    waiting = [begin]
    while waiting:
        new = graph.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def drawn(graph: Graph, labels: Mapping[str, str], groups: Mapping[str, Iterable[str]]) -> list[str]:
    """Return a flowchart, its nodes in groups one below the other."""
    lines = ["```mermaid", "flowchart TB"]
    for number, (title, names) in enumerate(groups.items()):
        lines.append(f'    subgraph group{number}["{title}"]')
        lines += [f'        {name}["{labels[name]}"]' for name in names]
        lines.append("    end")
    lines += [f"    {begin} --> {end}" for begin, ends in reduced(graph).items() for end in ends]
    return [*lines, "```"]
