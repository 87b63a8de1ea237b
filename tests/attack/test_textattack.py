"""Real attacks by the real TextAttack; its import takes some 15 s, once."""

import json
import logging
import os
from pathlib import Path

import numpy as np
import pytest

from spiketext.attack import run
from spiketext.attack.home import POST_INSTALL_MARKER
from spiketext.attack.preflight import build_attack, textattack_for
from spiketext.attack.run import SampleAttack, write_rows
from spiketext.attack.sample import Example
from spiketext.attack.store import RowStore
from spiketext.attack.victim import Victim
from spiketext.config.attacks import find_recipe
from spiketext.errors import SpikeTextError

pytestmark = [
    pytest.mark.xdist_group("textattack"),
    pytest.mark.filterwarnings("ignore:The 'warn' method:DeprecationWarning"),
]


def attack(name, case, folder, manifests=(), scorer=None, examples=None, seed=1, batch=64, max_length=64):
    """Run a recipe; returns figures and rows."""
    store = RowStore(folder / "rows.jsonl", "key")
    sample = SampleAttack(
        find_recipe(name),
        scorer or case.train(),
        case.tokenise,
        max_length,
        case.examples if examples is None else examples,
        manifests,
        batch,
        seed,
    )
    rows = sample.run(store)
    return sample.summary(rows), rows


def plain(rows):
    """Rows without their times."""
    return rows


@pytest.fixture(scope="session", autouse=True)
def first_import(tmp_path_factory):
    """Importing TextAttack closes log files and disables loggers; ours must go on."""
    path = tmp_path_factory.mktemp("log") / "rule.log"
    logger = logging.getLogger("spiketext.made-before-textattack")
    logger.addHandler(logging.FileHandler(path, mode="w", encoding="utf-8"))
    environment = dict(os.environ)
    logger.warning("before")
    home = path.with_name("home")
    with textattack_for(find_recipe("deepwordbug"), [], home):
        logger.warning("after")
        assert path.read_text(encoding="utf-8").split() == ["before", "after"]
        assert os.environ["HF_HUB_OFFLINE"] == "1"
        assert Path(os.environ["TA_CACHE_DIR"]).parent == home
    assert dict(os.environ) == environment
    assert not home.exists()


def check_rows(rows, case):
    for row, example in zip(rows, case.examples, strict=True):
        assert row["original"] == example.text
        assert row["label"] == row["before"] == example.label
        assert row["queries"] > 1 + row["candidates"] > 1
        if row["result"] == "successful":
            assert row["after"] != row["label"]
            assert row["perturbed"] != row["original"]
        else:
            assert row["after"] == row["label"]


def test_deepwordbug_misspells(english, tmp_path):
    scorer = english.train()
    figures, rows = attack("deepwordbug", english, tmp_path, scorer=scorer)
    check_rows(rows, english)
    assert figures["clean_accuracy"] == 1
    assert figures["success_rate"] > 0
    for row in rows:
        # Whether the reported class is the true one: ask the classifier directly.
        scores = scorer.scores([english.tokenise(row["perturbed"])])
        assert scores.argmax() == row["after"]
        assert len(row["perturbed"].split()) == len(row["original"].split())


def test_pwws_swaps_synonyms_of_the_given_wordnet(english, wordnet, synsets, tmp_path):
    figures, rows = attack("pwws", english, tmp_path, [wordnet])
    check_rows(rows, english)
    assert figures["success_rate"] > 0
    swaps = {
        (old, new)
        for row in rows
        for old, new in zip(row["original"].split(), row["perturbed"].split(), strict=True)
        if old != new
    }
    synonyms = {(a, b) for _, lemmas in synsets for a in lemmas for b in lemmas if a != b}
    assert swaps and swaps <= synonyms


def test_chinese_swap_changes_single_characters(chinese, tmp_path):
    figures, rows = attack("chinese-character-swap", chinese, tmp_path)
    check_rows(rows, chinese)
    assert figures["success_rate"] > 0
    for row in rows:
        assert len(row["perturbed"]) == len(row["original"])
        kept = [old == new for old, new in zip(row["original"], row["perturbed"], strict=True)]
        assert all(same for same, character in zip(kept, row["original"], strict=True) if character == "，")


def test_chinese_words_stay_where_they_are():
    from textattack.shared import AttackedText

    from spiketext.attack.chinese import SegmentedText

    text = "这个酒店的房间非常漂亮，服务态度很差"
    start = SegmentedText(text)
    assert start.words == AttackedText(text).words
    for i, word in enumerate(start.words):
        changed = start.replace_word_at_index(i, word[::-1])
        assert changed.words == [*start.words[:i], word[::-1], *start.words[i + 1 :]]
        assert changed.text == text.replace(word, word[::-1], 1)
        assert changed.attack_attrs["modified_indices"] == ({i} if word != word[::-1] else set())
        assert changed.replace_word_at_index(i, word).text == text
    # What it is for: TextAttack's own class finds other words in the changed text.
    i = start.words.index("漂亮")
    assert len(AttackedText(text).replace_word_at_index(i, "亮漂").words) != len(start.words)


def test_look_alikes_replace_exactly_one_character():
    from spiketext.attack.chinese import look_alikes
    from spiketext.resources.lexicons import others_of

    assert others_of([["甲", "乙", ""], ["乙", "丙"]]) == {
        "甲": ["乙"],
        "乙": ["丙", "甲"],
        "丙": ["乙"],
    }
    words = look_alikes()._get_replacement_words("通易")
    assert len(words) == len(set(words)) > 4
    for word in words:
        assert len(word) == 2
        assert sum(a != b for a, b in zip(word, "通易", strict=True)) == 1


def test_queries_reach_the_classifier_in_batches(english, wordnet, tmp_path):
    small, large = english.train(), english.train()
    few = attack("pwws", english, tmp_path, [wordnet], small, batch=2)[1]
    (tmp_path / "rows.jsonl").unlink()
    many = attack("pwws", english, tmp_path, [wordnet], large, batch=64)[1]
    assert plain(few) == plain(many)
    assert max(small.batches) == 2 < max(large.batches)
    assert len(large.batches) < len(small.batches)


def test_the_seed_decides(english, tmp_path):
    def letters(seed):
        rows = attack("deepwordbug", english, tmp_path, seed=seed)[1]
        (tmp_path / "rows.jsonl").unlink()
        return plain(rows)

    np.random.seed(99)
    first = letters(1)
    assert letters(1) == first
    assert letters(2) != first


def test_an_example_does_not_depend_on_those_before_it(english, tmp_path):
    rows = attack("deepwordbug", english, tmp_path)[1]
    (tmp_path / "rows.jsonl").unlink()
    backwards = attack("deepwordbug", english, tmp_path, examples=english.examples[::-1])[1]
    assert plain(backwards[::-1]) == plain(rows)


class Lengths:
    """Scores by the number of words."""

    stochastic = False

    def scores(self, token_lists):
        return np.array([[len(words), 1] for words in token_lists], float)


class Killed(BaseException):
    pass


def test_a_killed_attack_goes_on_to_the_same_result(english, tmp_path):
    """Killed at several points, the last time in the middle of writing a row."""
    whole = tmp_path / "whole"
    whole.mkdir()
    figures, rows = attack("deepwordbug", english, whole)
    write_rows(whole / "rows.parquet", rows)
    for lives in (3, 6, 12):
        scorer = english.train()
        honest = scorer.scores

        def scores(token_lists, scorer=scorer, honest=honest, lives=lives):
            if len(scorer.batches) >= lives:
                raise Killed
            return honest(token_lists)

        scorer.scores = scores
        with pytest.raises(Killed):
            attack("deepwordbug", english, tmp_path, scorer=scorer)
    partial = tmp_path / "rows.jsonl"
    kept = partial.read_text(encoding="utf-8").count("\n") - 1
    assert 0 < kept < len(rows)
    partial.write_bytes(partial.read_bytes() + b'{"id": 1')
    scorer = english.train()
    again, resumed = attack("deepwordbug", english, tmp_path, scorer=scorer)
    write_rows(tmp_path / "rows.parquet", resumed)
    assert (tmp_path / "rows.parquet").read_bytes() == (whole / "rows.parquet").read_bytes()
    assert json.dumps(again) == json.dumps(figures)


def test_a_finished_store_needs_no_attack(english, tmp_path, monkeypatch):
    figures, _ = attack("deepwordbug", english, tmp_path)
    monkeypatch.setattr(run, "textattack_for", None)
    assert attack("deepwordbug", english, tmp_path)[0] == figures


def refused(name, case, folder, manifests=(), **more):
    with pytest.raises(SpikeTextError) as error:
        attack(name, case, folder, manifests, **more)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_absent_resources_are_refused(english, make_wordnet, synsets, tmp_path):
    assert "wordnet is not among the resources" in refused("pwws", english, tmp_path)
    manifest = make_wordnet(tmp_path, synsets)
    (manifest.parent / "corpora/wordnet/data.adj").unlink()
    assert "data.adj is missing" in refused("pwws", english, tmp_path, [manifest])


def test_resources_that_yield_nothing_are_refused(english, make_wordnet, tmp_path):
    """An empty WordNet would leave every sentence unharmed: perfect robustness."""
    line = refused("pwws", english, tmp_path, [make_wordnet(tmp_path, [("noun", ["zebra", "stripes"])])])
    assert "finds nothing to change" in line and "wordnet" in line


def test_damaged_resources_are_refused(english, make_wordnet, synsets, tmp_path):
    manifest = make_wordnet(tmp_path, synsets)
    index = manifest.parent / "corpora/wordnet/index.noun"
    index.write_bytes(index.read_bytes().replace(b" n ", b" n!", 1))
    assert "index.noun is not what was fetched" in refused("pwws", english, tmp_path, [manifest])


@pytest.mark.filterwarnings("ignore:No WordNet synset found")
def test_a_wordnet_with_other_line_ends_is_refused(english, make_wordnet, synsets, tmp_path):
    """Its byte offsets lead nowhere."""
    manifest = make_wordnet(tmp_path, synsets, ends=b"\r\n")
    assert "cannot be read" in refused("pwws", english, tmp_path, [manifest])


def test_an_attack_that_changes_nothing_is_refused(chinese, wordnet, tmp_path):
    assert "found nothing to change in any" in refused("pwws", chinese, tmp_path, [wordnet])


def test_a_noisy_classifier_is_refused_before_the_attack(english, tmp_path):
    scorer = english.train()
    honest, generator = scorer.scores, np.random.default_rng(0)
    scorer.scores = lambda words: honest(words) + generator.normal(size=(len(words), 2))
    assert "twice" in refused("deepwordbug", english, tmp_path, scorer=scorer)


def test_a_long_text_costs_no_more_than_what_is_read_of_it(english, wordnet, tmp_path):
    """The network reads four tokens; TextAttack would rank and change thousands."""
    text = english.examples[3].text
    tokens = tuple(english.tokenise(text))
    long = text + " great plot" * 3000
    rows = []
    for number, each in enumerate([" ".join(text.split()[:4]), long]):
        scorer = english.train()
        honest = scorer.scores
        scorer.scores = lambda lists, honest=honest: honest([words[:4] for words in lists])
        folder = tmp_path / str(number)
        folder.mkdir()
        one = Example(7, 1, each, tuple(english.tokenise(each)))
        rows.append(attack("pwws", english, folder, [wordnet], scorer, [one], max_length=4)[1])
    assert rows[0] == rows[1]
    assert rows[0][0]["original"] == " ".join(tokens[:4])


def test_long_words_are_left_alone(english, tmp_path):
    link = "example.com/" + "great/" * 250
    one = Example(7, 1, f"a wonderful {link} film", ("a", "wonderful", link, "film"))
    row = attack("deepwordbug", english, tmp_path, examples=[one])[1][0]
    assert row["original"] == one.text
    assert link in row["perturbed"] != one.text
    assert row["queries"] < 20


def test_marks_of_textattack_in_the_data_do_no_harm(english, tmp_path):
    texts = ["a [UNK] wonderful <SPLIT> film", "<SPLIT>", "[UNK]", "great [unk] <SPLIT><SPLIT> acting!"]
    examples = [Example(i, 1, text, tuple(english.tokenise(text))) for i, text in enumerate(texts)]
    rows = attack("deepwordbug", english, tmp_path, examples=examples)[1]
    assert [row["original"] for row in rows] == [text.lower() for text in texts]
    for row, text in zip(rows, texts, strict=True):
        assert len(row["perturbed"].split()) == len(text.split())
        assert english.train().scores([english.tokenise(row["perturbed"])]).argmax() == row["after"]


@pytest.mark.parametrize("language", ["english", "chinese"])
def test_odd_texts_do_not_end_the_run(language, request, tmp_path):
    case = request.getfixturevalue(language)
    texts = [
        "...",
        "!?",
        "🙂 🙂",
        "great 很好 film 房间",
        "漂亮",
        "a\x00b \x85 \u2028 great",
        "\u0130stanbul great",
        "x" * 99,
    ]
    examples = [Example(99 + i, 1, text, tuple(case.tokenise(text))) for i, text in enumerate(texts)]
    recipe = {"english": "deepwordbug", "chinese": "chinese-character-swap"}[language]
    rows = attack(recipe, case, tmp_path, examples=[*case.examples, *examples])[1]
    assert [row["original"] for row in rows[-len(texts) :]] == texts


def test_a_home_is_new_and_leaves_nothing(wordnet, tmp_path):
    """Also where a killed job has left its own, and whatever the folder is called."""
    home = tmp_path / "my results #1 100%" / ".pwws.textattack"
    (home / "nltk" / "corpora" / "wordnet").mkdir(parents=True)
    (home / "left").touch()
    for name in ("deepwordbug", "pwws"):
        with textattack_for(find_recipe(name), [wordnet], home):
            assert Path(os.environ["TA_CACHE_DIR"]).parent == home
            assert (home / "nltk" / "corpora" / "wordnet" / "data.noun").exists() == (name == "pwws")
            assert (home / "textattack" / POST_INSTALL_MARKER).exists()
            assert not (home / "left").exists()
            build_attack(find_recipe(name), Victim(Lengths(), str.split, 7), [], 7)
        assert list(home.parent.iterdir()) == []


def test_homes_stand_beside_the_results(english, tmp_path, monkeypatch):
    """A fixed name is one that the next run finds; two recipes or shards of a network may run at once."""
    homes = []

    def noted(recipe, manifests, home):
        homes.append(home)
        return textattack_for(recipe, manifests, home)

    monkeypatch.setattr(run, "textattack_for", noted)
    for _ in range(2):
        attack("deepwordbug", english, tmp_path)
        (tmp_path / "rows.jsonl").unlink()
    assert homes == [tmp_path / ".rows.textattack"] * 2


def test_the_query_batch_reaches_textattack(english, tmp_path):
    recipe = find_recipe("deepwordbug")
    with textattack_for(recipe, [], tmp_path / "home"):
        built = build_attack(recipe, Victim(english.train(), english.tokenise, 7), [], 7)
    assert built.goal_function.batch_size == 7
