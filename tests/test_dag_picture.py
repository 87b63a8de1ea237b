"""The picture of the DAG: the rules that Snakemake has, arrows that say something, nothing over anything."""

import re
import xml.etree.ElementTree as ElementTree

import pytest

from tools import dag

GRAPH = """digraph snakemake_dag {
    0[label = "all", color = "0.00 0.6 0.85", style="rounded"];
    1[label = "report", color = "0.48 0.6 0.85", style="rounded"];
    2[label = "evaluate", color = "0.18 0.6 0.85", style="rounded"];
    3[label = "split", color = "0.52 0.6 0.85", style="rounded"];
    4[label = "tokenise", color = "0.58 0.6 0.85", style="rounded"];
    1 -> 0
    2 -> 1
    4 -> 1
    2 -> 2
    3 -> 2
    4 -> 2
    4 -> 3
}
"""
SVG = "{http://www.w3.org/2000/svg}"


def test_arrows_that_others_imply_are_left_out():
    """The report reads tokens too, but through the evaluation, which does not point to itself."""
    found = dag.edges_of(GRAPH)
    assert found == {"evaluate": {"report"}, "report": set(), "split": {"evaluate"}, "tokenise": {"split"}}


def test_a_long_arrow_passes_every_layer_between():
    """From a to d beside b and c."""
    layers = dag.layers_of({"a": {"b", "d"}, "b": {"c"}, "c": {"d"}, "d": set()})
    assert [[place.rule for place in layer] for layer in layers] == [["a"], ["b", ""], ["c", ""], ["d"]]
    assert sorted(place.rule for place in layers[3][0].above) == ["", "c"]


@pytest.mark.slow
def test_the_committed_picture_is_that_of_the_rules():
    """After a change of a rule or its message: python -m tools.dag."""
    edges = dag.edges_of(dag.rule_graph())
    text = dag.PICTURE.read_text(encoding="utf-8")
    assert text == dag.drawn(edges, dag.messages())
    assert not re.search(r"[{}]|wildcards", re.sub(r"<style>.*</style>", "", text))
    picture = ElementTree.fromstring(text)
    boxes = [
        [float(one.get(key)) for key in ("x", "y", "width", "height")]
        for one in picture.iter(f"{SVG}rect")
        if one.get("class") == "box"
    ]
    assert len(boxes) == len(edges) >= 15
    for i, (x, y, width, height) in enumerate(boxes):
        assert 0 < x < x + width < float(picture.get("width"))
        assert 0 < y < y + height < float(picture.get("height"))
        for other_x, other_y, *_ in boxes[:i]:
            assert abs(x - other_x) > width or abs(y - other_y) > height
