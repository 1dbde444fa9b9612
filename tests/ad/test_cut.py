"""The minimum vertex cut against all subsets of small graphs."""

import itertools
import random

import pytest

from sourcead.ad.cut import minimum_cut


def separated(edges, removed):
    """Whether no path leads from "source" to "sink" around the removed nodes."""
    seen, work = {"source"}, ["source"]
    while work:
        a = work.pop()
        for u, v in edges:
            if u == a and v not in seen and v not in removed:
                seen.add(v)
                work.append(v)
    return "sink" not in seen


def cheapest(nodes, edges):
    """The least cost of a separating set, by trying all of them."""
    names = list(nodes)
    return min(
        sum(nodes[v] for v in chosen)
        for k in range(len(names) + 1)
        for chosen in itertools.combinations(names, k)
        if separated(edges, set(chosen))
    )


def random_graph(seed):
    r = random.Random(seed)
    n = r.randint(1, 8)
    nodes = {f"v{k}": r.choice([1, 1, 2, 5, 100]) for k in range(n)}
    edges = [(f"v{a}", f"v{b}") for a in range(n) for b in range(a + 1, n) if r.random() < 0.4]
    edges += [("source", f"v{k}") for k in range(n) if r.random() < 0.35]
    edges += [(f"v{k}", "sink") for k in range(n) if r.random() < 0.35]
    return nodes, edges


@pytest.mark.parametrize("seed", range(300))
def test_against_brute_force(seed):
    nodes, edges = random_graph(seed)
    cut = minimum_cut(nodes, edges)
    assert separated(edges, set(cut))
    assert sum(nodes[v] for v in cut) == cheapest(nodes, edges)
    assert cut == [v for v in nodes if v in set(cut)], "not in the order of the nodes"


@pytest.mark.parametrize("seed", range(0, 300, 7))
def test_the_order_of_edges_does_not_matter(seed):
    nodes, edges = random_graph(seed)
    want = minimum_cut(nodes, edges)
    for k in range(5):
        shuffled = edges[:]
        random.Random(k).shuffle(shuffled)
        assert minimum_cut(nodes, shuffled) == want


def test_of_equal_cuts_the_one_nearest_to_the_demands():
    nodes = {"a": 3, "b": 3, "c": 3}
    edges = [("source", "a"), ("a", "b"), ("b", "c"), ("c", "sink")]
    assert minimum_cut(nodes, edges) == ["c"]


def test_one_cheap_operand_for_two_demands():
    nodes = {"x": 100, "y": 100, "z": 100}
    edges = [("source", "x"), ("x", "y"), ("x", "z"), ("y", "sink"), ("z", "sink")]
    assert minimum_cut(nodes, edges) == ["x"]


def test_nothing_to_keep():
    assert minimum_cut({"x": 1}, [("x", "sink")]) == []
    assert minimum_cut({"x": 1}, [("source", "x")]) == []
    assert minimum_cut({}, []) == []
