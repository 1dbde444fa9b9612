"""A minimum vertex cut: the cheapest set of values from which all that is wanted can be recomputed.

Each value is two nodes joined by an edge that costs what keeping it costs; the other edges cost nothing to
follow and cannot be cut.  Of all minimum cuts the one nearest to the demands is taken, so that least is
recomputed.

    source -> v.in --cost--> v.out -> u.in --cost--> u.out -> sink

That cut is the same whichever maximum flow shows it.  The flow is found by Dinic's algorithm (Soviet Math.
Dokl. 11, 1970), for each part of the graph that is connected without the ends alone: a long program has very
many small parts, and a search through all of them for each path would take quadratic time.
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
    for fed in _parts(graph, source, sink):
        while (levels := _levels(graph, fed, source, sink)) is not None:
            _block(graph, levels, fed, source, sink)
    reaches = _reaching(graph, sink)
    return [v for v, n in names.items() if 2 * n + 1 in reaches and 2 * n not in reaches]


def _parts(graph: list[dict[int, int]], source: int, sink: int) -> list[list[int]]:
    """The nodes behind the source, those of one part of the graph together."""
    part: dict[int, int] = {source: -1, sink: -1}
    out: list[list[int]] = []
    for first in graph[source]:
        if first in part:
            out[part[first]].append(first)
            continue
        part[first] = len(out)
        stack = [first]
        while stack:
            for b in graph[stack.pop()]:
                if b not in part:
                    part[b] = len(out)
                    stack.append(b)
        out.append([first])
    return out


def _levels(
    graph: list[dict[int, int]], fed: list[int], source: int, sink: int
) -> dict[int, int] | None:
    """How far each node is from the source, up to the sink; None where no capacity is left to get there."""
    levels = {source: 0, **dict.fromkeys((b for b in fed if graph[source][b] > 0), 1)}
    queue = deque(b for b in levels if b != source)
    while queue:
        a = queue.popleft()
        if a == sink:
            return levels
        for b, c in graph[a].items():
            if c > 0 and b not in levels:
                levels[b] = levels[a] + 1
                queue.append(b)
    return None


def _block(
    graph: list[dict[int, int]], levels: dict[int, int], fed: list[int], source: int, sink: int
) -> None:
    """Send along shortest paths what they take, until none of them has capacity left."""
    ahead: dict[int, list[int]] = {}  # of each node, the neighbours that still have to be tried
    for start in fed:
        path = [start] if graph[source][start] > 0 else []
        while path:
            a = path[-1]
            if a == sink:
                steps = [(source, start), *zip(path, path[1:])]
                flow = min(graph[a][b] for a, b in steps)
                for a, b in steps:
                    graph[a][b] -= flow
                    graph[b][a] += flow
                cut = next(n for n, (a, b) in enumerate(steps) if not graph[a][b])
                del path[cut:]
                continue
            if a not in ahead:
                ahead[a] = [b for b in graph[a] if levels.get(b) == levels[a] + 1]
            while ahead[a] and graph[a][ahead[a][-1]] <= 0:
                ahead[a].pop()
            if ahead[a]:
                path.append(ahead[a][-1])
            else:
                path.pop()
                if path:
                    ahead[path[-1]].pop()


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
