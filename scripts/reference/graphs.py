"""Graphs as Mermaid draws them, with no arrow that others imply."""

from collections.abc import Iterable, Mapping

Graph = Mapping[str, set[str]]
Arrow = tuple[str, str]
NONE: Mapping[Arrow, str] = {}


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


def drawn(
    graph: Graph, labels: Mapping[str, str], groups: Mapping[str, Iterable[str]], back: Mapping[Arrow, str] = NONE
) -> list[str]:
    """Return a flowchart, its nodes in groups one below the other.

    `back` are the arrows against the order, with what goes there: without them the graph has no cycle.
    """
    graph = {begin: {end for end in ends if (begin, end) not in back} for begin, ends in graph.items()}
    lines = ["```mermaid", "flowchart TB"]
    for number, (title, names) in enumerate(groups.items()):
        lines.append(f'    subgraph group{number}["{title}"]')
        lines += [f'        {name}["{labels[name]}"]' for name in names]
        lines.append("    end")
    lines += [f"    {begin} --> {end}" for begin, ends in reduced(graph).items() for end in ends]
    lines += [f"    {begin} -. {label} .-> {end}" for (begin, end), label in back.items()]
    return [*lines, "```"]
