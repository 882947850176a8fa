"""By which path a component came in."""

from __future__ import annotations

from supplychain.inventory.component import Component
from supplychain.inventory.graph import LEFT_OUT, LONGEST, MOST, Graph


def part(name: str, *needs: str, direct: bool | None = None) -> Component:
    return Component(name=name, version="1", purl=name, depends_on=needs, direct=direct)


def test_the_shortest_way_for_each_of_the_nearest_that_need_it() -> None:
    graph = Graph([part("a", "b", direct=True), part("b", "c"), part("c"), part("d", "c", direct=True)])
    assert graph.paths("c") == (("d", "c"), ("a", "b", "c"))
    assert graph.paths("a") == (("a",),)


def test_at_most_three_nearest_first() -> None:
    roots = [part(f"r{number}", "x", direct=True) for number in range(9)]
    assert graph_paths(roots) == (("r0", "x"), ("r1", "x"), ("r2", "x"))
    assert len(graph_paths(roots)) == MOST


def graph_paths(roots: list[Component]) -> tuple[tuple[str, ...], ...]:
    return Graph([*roots, part("x", direct=False)]).paths("x")


def test_asked_for_and_brought_in_as_well() -> None:
    graph = Graph([part("a", "b", direct=True), part("b", direct=True)])
    assert graph.paths("b") == (("b",), ("a", "b"))


def test_cycles_end_and_no_path_goes_through_a_component_twice() -> None:
    graph = Graph([part("a", "b", direct=True), part("b", "c", "b"), part("c", "b", "d"), part("d", "c")])
    assert graph.paths("b") == (("a", "b"),)
    assert graph.paths("c") == (("a", "b", "c"),)
    assert graph.paths("d") == (("a", "b", "c", "d"),)


def test_what_nobody_tells_is_unknown() -> None:
    graph = Graph([part("a", "b"), part("b", "a"), part("orphan", direct=False)])
    assert [graph.paths(name) for name in ("a", "b", "orphan", "nobody")] == [(), (), (), ()]


def test_without_any_word_a_path_begins_where_nothing_leads() -> None:
    graph = Graph([part("a", "b"), part("b", "lost")])
    assert graph.paths("b") == (("a", "b"),)
    assert graph.paths("a") == ()


def test_what_is_asked_for_stands_before_what_only_seems_so() -> None:
    graph = Graph([part("a", "x", direct=True), part("tool", "x", direct=False), part("x", direct=False)])
    assert graph.paths("x") == (("a", "x"),)


def test_a_long_chain_is_told_with_its_middle_left_out() -> None:
    chain = [part(f"n{number:05}", f"n{number + 1:05}", direct=number == 0) for number in range(10_000)]
    graph = Graph(chain)
    (path,) = graph.paths("n09999")
    assert len(path) == LONGEST
    assert (path[0], path[-1]) == ("n00000", "n09999")
    assert path[LONGEST // 2] == LEFT_OUT
    assert sum(len(graph.paths(component.purl)[0]) for component in chain) <= LONGEST * len(chain)
    (short,) = graph.paths("n00030")
    assert LEFT_OUT not in short
    assert len(short) == 31


def test_ten_thousand_components_that_all_need_each_other_within_reach() -> None:
    crowd = [
        part(f"n{i:05}", *(f"n{(i * 7 + j) % 10_000:05}" for j in range(10)), direct=i == 0) for i in range(10_000)
    ]
    graph = Graph(crowd)
    for component in crowd:
        for path in graph.paths(component.purl):
            assert path[0] == "n00000"
            assert path[-1] == component.purl
            assert len(set(path)) == len(path)
