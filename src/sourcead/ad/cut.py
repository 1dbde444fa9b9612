"""A minimum vertex cut: the cheapest set of values from which all that is wanted can be recomputed.

Each value is two nodes joined by an edge that costs what keeping it costs; the other edges cost nothing to
follow and cannot be cut.  Of all minimum cuts the one nearest to the demands is taken, so that least is
recomputed.

    source -> v.in --cost--> v.out -> u.in --cost--> u.out -> sink
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable
from typing import Any

BIG = 10**30


def minimum_cut(nodes: dict[Any, int], edges: Iterable[tuple[Hashable, Hashable]]) -> list[Any]:
    """The nodes to keep, in the order of `nodes`.  `edges` run from operand to value; "source" and "sink" are
    the ends."""
    names = {v: n for n, v in enumerate(nodes)}
    source, sink = 2 * len(names), 2 * len(names) + 1
    graph: list[dict[int, int]] = [{} for _ in range(sink + 1)]

    def edge(a: int, b: int, capacity: int) -> None:
        graph[a][b] = graph[a].get(b, 0) + capacity
        graph[b].setdefault(a, 0)

    for v, cost in nodes.items():
        edge(2 * names[v], 2 * names[v] + 1, cost)
    for a, b in edges:
        edge(source if a == "source" else 2 * names[a] + 1, sink if b == "sink" else 2 * names[b], BIG)
    while (path := _augmenting(graph, source, sink)) is not None:
        flow = min(graph[a][b] for a, b in path)
        for a, b in path:
            graph[a][b] -= flow
            graph[b][a] += flow
    reaches = _reaching(graph, sink)
    return [v for v, n in names.items() if 2 * n + 1 in reaches and 2 * n not in reaches]


def _augmenting(graph: list[dict[int, int]], source: int, sink: int) -> list[tuple[int, int]] | None:
    """A shortest path with capacity left."""
    came = {source: source}
    queue = deque([source])
    while queue:
        a = queue.popleft()
        for b, c in graph[a].items():
            if c > 0 and b not in came:
                came[b] = a
                if b == sink:
                    path = []
                    while b != source:
                        path.append((came[b], b))
                        b = came[b]
                    return path
                queue.append(b)
    return None


def _reaching(graph: list[dict[int, int]], sink: int) -> set[int]:
    """The nodes from which the sink can still be reached."""
    seen = {sink}
    queue = deque([sink])
    while queue:
        b = queue.popleft()
        for a in graph[b]:
            if a not in seen and graph[a].get(b, 0) > 0:
                seen.add(a)
                queue.append(a)
    return seen
