"""The captions of Snakemake's own report."""

import re
from html import unescape
from pathlib import Path
from types import SimpleNamespace

import pytest
from docutils.core import publish_parts
from jinja2 import Environment, StrictUndefined

from spiketext.config.load import load_config
from spiketext.report.figures.captions import SHOWS
from spiketext.report.figures.charts import CHARTS

ROOT = Path(__file__).parents[2] / "workflow"
CAPTIONS = sorted((ROOT / "report").glob("*.rst"))
COST = {"mac_pj": 4.6, "ac_pj": 0.9, "citation": "Horowitz 2014"}


def render(path, seeds, cost=COST):
    job = SimpleNamespace(
        params=SimpleNamespace(
            seeds=seeds, sample=50, cost=cost, stage="finetuned", names={"datasets": {"mr": "MR <b>"}},
            settings={"datasets": ["mr"], "methods": ["dnn"], "seeds": list(range(seeds))},
        ),
        output=SimpleNamespace(sentence="sentence.json"),
        config={"datasets": ["mr"]},
    )  # fmt: skip
    text = Environment(undefined=StrictUndefined).from_string(path.read_text()).render(snakemake=job)
    # docutils raises on anything it would warn of.
    return " ".join(publish_parts(text, writer="html", settings_overrides={"halt_level": 2})["body"].split())


@pytest.mark.parametrize("path", CAPTIONS, ids=lambda path: path.stem)
def test_captions_render(path):
    for seeds in (1, 3):
        body = render(path, seeds)
        assert body.startswith("<p>")
        assert "{" not in body


def test_captions_say_what_the_interval_is():
    assert "Wilson interval over its test texts" in render(ROOT / "report/accuracy.rst", 1)
    assert "mean over 3 seeds with the 95 % t-interval" in render(ROOT / "report/accuracy.rst", 3)


def test_every_energy_caption_is_called_an_estimate():
    for name in ("accuracy-energy-table", "energy-tables"):
        assert "an estimate, not a measurement" in render(ROOT / f"report/{name}.rst", 3)


def test_energy_captions_have_statement_and_source():
    for name in ("energy", "energy-table", "break-even", "pareto"):
        body = render(ROOT / f"report/{name}.rst", 1)
        assert "an estimate, not a measurement" in body
        assert "4.6 pJ" in body
        assert "Horowitz 2014" in body


def test_every_caption_is_used_and_exists():
    rules = "".join(path.read_text() for path in (ROOT / "rules").glob("*.smk"))
    named = set(re.findall(r"\.\./report/([\w-]+)\.rst", rules))
    assert named | set(CHARTS) == {path.stem for path in CAPTIONS}


def test_the_page_says_what_snakemakes_report_says(whole):
    """Every caption of Snakemake's report but for the data set's title stands under a figure of the page.

    Those of several data sets are not on the page of one.
    """
    page = " ".join(unescape(re.sub("<[^>]*>", " ", whole[0])).split())
    assert set(SHOWS) == set(CHARTS)
    cost = load_config({}).define.cost_tables["horowitz-fp32"].model_dump()
    for kind in sorted({*CHARTS} - {"overview", "attack-curves"}):
        own = unescape(re.sub("<[^>]*>", "", render(ROOT / f"report/{kind}.rst", 1, cost)))
        before, _, after = " ".join(own.split()).partition("MR <b>")
        assert f"{before}MR{after}" in page
