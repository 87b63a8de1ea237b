"""The report, from made-up results of the stages."""

import base64
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from spiketext.report import machine

VOID = {"meta", "img", "br", "hr", "link", "input"}


class Page(HTMLParser):
    """Checks that tags are balanced and collects what the tests ask for."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.sources, self.anchors, self.text = [], [], [], set(), []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "img":
            assert values["alt"]
            self.sources.append(values["src"])
        if "id" in values:
            assert values["id"] not in self.anchors
            self.anchors.add(values["id"])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def words(page):
    return " ".join(" ".join(Page(page).text).split())


@pytest.fixture
def text_of(study):
    """The words of the report on a study; arguments as there."""
    return lambda **settings: words(study(**settings).report()[0])


def test_page_is_valid_and_needs_no_other_file(whole):
    page = Page(whole[0])
    assert "script" not in page.tags
    assert "link" not in page.tags
    assert page.sources
    assert all(source.startswith("data:image/svg+xml;base64,") for source in page.sources)
    assert len(page.sources) == 2 * 12 + 7
    figures = [base64.b64decode(source.partition(",")[2]).decode() for source in page.sources]
    texts = {text for figure in figures for text in ElementTree.fromstring(figure).itertext()}
    assert "我的$数据$: accuracy against T" in texts  # as text, which the reader's browser has fonts for
    assert not re.search(r'(src|srcset)="(?!data:)', whole[0])
    assert "url(" not in whole[0]
    for link in re.findall(r'href="#([^"]*)"', whole[0]):
        assert link in page.anchors


def test_findings_in_words(whole):
    text = words(whole[0])
    assert (
        "The fine-tuned SNN-TextCNN is right on 74.0 % (95 % interval 67.5 to 79.6) of 200 test texts at "
        "T = 8: 2.0 points (95 % interval"
    ) in text
    assert "below the convertible DNN of SNN-TextCNN (76.0 %)" in text
    assert "it costs more energy than its own full-precision DNN: 2.00 times as much (8.00 µJ a text" in text
    assert "The largest T reported at which it needs less is 2, with an accuracy of 60.0 %" in text
    assert (
        "If PWWS may change 10 % of the words (50 texts), the DNN TextCNN falls from 80.0 % to 50.0 %" in text
    )
    assert "always guessing the most frequent class 50.0 %" in text


def test_texts_that_are_cut_are_told_with_the_answer(whole):
    """Far above the section on the data, where a reader would not look."""
    _, markdown = whole
    answer = markdown.partition("## Findings")[0]
    assert "22.0 % of the texts are longer than the 64 words that are read" in answer


def test_statement_stands_with_the_energy(whole):
    for text in whole:
        assert text.count("estimate, not a measurement") >= 5


def test_published_figures_only_where_there_are_some(whole):
    text = words(whole[0])
    assert "77.41 [R]" in text
    assert "75.45 [V]" in text
    assert "all 10,662 sentences of MR with GloVe" in text
    assert "ours are for 9 texts" in text
    assert "recalled, and not read again" in text
    assert "80.69" not in text  # SpikeBERT was not run
    assert text.count("is not among the published ones") == 1


def test_data_licences_and_substitutions(whole):
    text = words(whole[0])
    assert "Licence: MIT <b>." in text
    assert "own.csv: a local file; its licence is not known here." in text
    assert "Test accuracy against the published figures" in text
    assert "PWWS: One | thing stands in for another." in text
    assert "22.0 % of texts are longer than the 64 words that are read" in text
    assert "most frequent words without a vector: ，" in text
    assert "8,530 of the 10,662 sentences" in text


def test_markdown(whole):
    markdown = whole[1]
    assert "| method" in markdown
    assert "One \\| thing" in markdown
    assert "MIT &lt;b&gt;" in markdown
    assert "(../mr/figures/accuracy.svg)" in markdown
    rows = [
        line for line in markdown.splitlines() if line.startswith("| SNN-TextCNN") and "fine-tuned" in line
    ]
    assert any("74.0 [67.5, 79.6]" in row for row in rows)


def test_missing_attack_is_said_and_not_zero(study):
    page, markdown = study(attacks=False).report()
    assert "No attack was run on this data set, so its robustness is not known." in words(page)
    assert "No attack was run on this data set" in markdown
    assert "after, %" not in page


def test_a_recipe_that_keeps_the_class_stands_in_no_table_of_accuracies(study, tmp_path):
    made = study()
    report = {
        "dataset": "mr", "method": "lv2023", "stage": "finetuned", "seed": 1, "recipe": "input-reduction",
        "mode": "fixed", "n": 50, "clean_accuracy": 0.8, "share_left": 0.25, "mean_queries": 9.0,
        "temperature": 1.0, "substitutions": [],
    }  # fmt: skip
    made.attack_files.append(made.json(tmp_path / "input-reduction.json", report))
    made.attack_texts.append(str(tmp_path / "input-reduction.parquet"))  # of no accuracies, so it is not read
    page, markdown = made.report()
    assert "Input reduction keeps the class and leaves out words" in words(page)
    assert "25.0 % for" in words(page)
    assert not any("Input reduction" in line for line in markdown.splitlines() if line.startswith("|"))


def test_only_a_dnn(text_of):
    text = text_of(methods=["dnn"])
    assert "No spiking method was run, so there are no firing rates." in text
    assert "costs more energy than" not in text
    assert "No spiking classifier" not in text
    assert "minus its DNN, points of test accuracy" not in text


def test_a_cheaper_network_is_not_called_dearer(text_of):
    text = text_of(energy_at_8=1.0)
    assert "it needs 0.250 times the energy of its own full-precision DNN" in text
    assert "costs more energy" not in text


def test_better_than_its_dnn(text_of):
    found = re.search(
        r"at T = 8: 4\.0 points \(95 % interval (−?[\d.]+) to ([\d.]+)\) above the convertible DNN",
        text_of(accuracy=0.8),
    )
    assert found
    assert float(found[1].replace("−", "-")) < 4 < float(found[2])


def test_several_seeds(text_of):
    text = text_of(seeds=[1, 2, 3])
    # 74, 76, 78 %: mean 76, deviation 2, t-interval 4.3027 · 2 / √3 = 4.97.
    assert "76.0 ± 5.0 2.00" in text
    assert "Training on MR" in text
    assert "t-interval of the mean over seeds (3)" in text
    assert "mean over 3 seeds" in text


def test_draws_stand_where_the_figure_stands(study):
    made = study(datasets={"mr": "MR", "own": "Own"}, draws=(-0.01, 0.0, 0.01))
    text = words(made.report()[0])
    # Wilson for 148 of 200 reaches 6.50 points down and 5.57 up, 1.96 deviations of 1 point reach 1.96.
    ends = (74 - (6.50**2 + 1.96**2) ** 0.5, 74 + (5.57**2 + 1.96**2) ** 0.5)
    interval = "{:.1f} to {:.1f}".format(*ends)
    assert f"is right on 74.0 % (95 % interval {interval}; ± 1.0 from draw to draw) of 200 test texts" in text
    assert (
        "That deviation, points: SNN-TextCNN, converted, T = 8: 0.7 to 1.0; SNN-TextCNN, fine-tuned" in text
    )
    assert "{:.1f}, {:.1f}] 1.00 73.0".format(*ends) in text  # in the table of accuracies


def test_without_draws_none_is_spoken_of(whole):
    assert "draw to draw" not in words(whole[0])


def test_hostile_titles_and_words_are_escaped(study):
    """Titles come from the configuration, which refuses tags; words of the data do not."""
    title, word = '5 < 6 & "x" $\\frac{1}{2}$ | `x`', "<script>alert(1)</script>"
    made = study(datasets={"mr": title}, vectors={"uncovered_examples": [word, word]})
    page, markdown = made.report(pictures=True)
    assert "script" not in Page(page).tags
    assert "<script" not in page
    before, fence, _ = markdown.partition("```")  # the settings stand in a code block as they are
    assert "<script" not in before
    assert fence
    assert "5 &lt; 6 &amp; " in page
    assert word in words(page)


@pytest.mark.parametrize("seeds", [[1], [1, 2]])
def test_figures_are_the_same_in_every_run(study, seeds):
    made = study(seeds=seeds)
    first = [path.read_bytes() for path in made.draw()]
    assert [path.read_bytes() for path in made.draw()] == first
    assert all(b"<svg" in picture for picture in first)
    assert len(set(first)) == 12


def test_provenance(tmp_path):
    (tmp_path / "benchmarks/a").mkdir(parents=True)
    header = "s\th:m:s\tmax_rss\n"
    (tmp_path / "benchmarks/a/long.tsv").write_text(header + "90.0\t0:01:30\t800.0\n")
    (tmp_path / "benchmarks/short.tsv").write_text(header + "1.0\t0:00:01\tNA\n")
    (tmp_path / "benchmarks/broken.tsv").write_text("")
    names = ("a/long", "short", "broken", "missing")
    (tmp_path / "benchmarks/of-another-study.tsv").write_text(header + "1000.0\t0:16:40\t9000.0\n")
    taken = machine.time_taken([tmp_path / f"benchmarks/{name}.tsv" for name in names])
    assert taken.startswith("2 jobs took 1 min 31 s in all")
    assert "a/long 1 min 30 s, benchmarks/short 1 s" in taken
    assert "800 MiB" in taken
    assert (
        machine.time_taken([tmp_path / "none.tsv"]) == "No benchmark files, so the time taken is not known."
    )
    assert machine.commit(tmp_path) == {"commit": None, "clean": None}
    assert "Python 3" in machine.versions()


def test_the_machine_is_named_with_what_decides_its_rounding(tmp_path, monkeypatch):
    """The widest instructions, and the variables that limit them."""
    for name in machine.LIMITS:
        monkeypatch.delenv(name, raising=False)
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nmodel name\t: EPYC\nflags\t\t: fpu avx avx2 avx512f avx512_bf16\n")
    assert machine.machine(cpuinfo).startswith("EPYC with AVX-512, ")
    cpuinfo.write_text("model name\t: EPYC\nflags\t\t: fpu avx avx2\n")
    monkeypatch.setenv("ATEN_CPU_CAPABILITY", "avx2")
    assert machine.machine(cpuinfo).startswith("EPYC with AVX2, ATEN_CPU_CAPABILITY=avx2, ")
    assert " cores, " in machine.machine(tmp_path / "none")
