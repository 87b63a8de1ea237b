"""Modes of a stochastic victim, on a real spiking network with Bernoulli draws and on noise made here."""

import numpy as np
import pandas as pd
import pytest

from spiketext.attack.metrics import summarise
from spiketext.attack.modes import MODES, SCORING, redrawn, shares
from spiketext.attack.run import SampleAttack, write_rows
from spiketext.attack.store import RowStore
from spiketext.attack.victim import Victim
from spiketext.config import encodings
from spiketext.config.attacks import find_recipe
from spiketext.inputs.encoding.base import encoder_class
from tests.evaluation.test_predictor import predictor

textattack = pytest.mark.xdist_group("textattack")
pytestmark = pytest.mark.filterwarnings("ignore:The 'warn' method:DeprecationWarning")

TEXTS = ["w1 w2 w3 w4", "w5 w6 w7", "w8 w9 w10 w11 w12", "w1 w3 w5"]


@pytest.fixture(scope="module")
def spiking():
    """A predictor that draws its spikes."""
    return predictor()[1]


def words(texts):
    return [text.split() for text in texts]


def told(scorer, mode, texts=TEXTS, batch=2, key="1 recipe 5", draws=4):
    """What a victim says of texts at one query."""
    victim = Victim(scorer, str.split, batch, mode, draws)
    victim.begin(key, 0)
    return victim(texts)


def test_which_codes_draw_is_said_by_configuration_and_encoder_alike():
    """The configuration plans the jobs, the encoder draws."""
    kinds = [
        one for one in vars(encodings).values() if isinstance(one, type) and "kind" in one.__annotations__
    ]
    assert len(kinds) == 8
    drawing = {one.kind for one in (kind() for kind in kinds) if bool(encoder_class(one).evaluated)}
    assert drawing == {one.kind for one in (kind() for kind in kinds) if one.stochastic} == {"rate"}


def test_a_draw_of_the_predictor_is_that_of_the_classifier(spiking):
    assert spiking.stochastic
    first, second = (spiking.drawn(draw).scores(words(TEXTS)) for draw in (1, 2))
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(spiking.drawn(1).scores(words(TEXTS)), first)
    assert not np.array_equal(spiking.drawn(1, seed=8).scores(words(TEXTS)), first)


def test_fixed_spikes_are_those_of_the_classifier(spiking):
    """The same at each query, whatever the text that is attacked."""
    np.testing.assert_array_equal(told(spiking, "fixed"), told(spiking, "fixed", key="another"))
    scores = spiking.scores(words(TEXTS))
    np.testing.assert_array_equal(told(spiking, "fixed").argmax(1), scores.argmax(1))


def test_fresh_spikes_are_new_at_each_query_and_come_back(spiking):
    """A function of the attacked text and the number of the query, not of the batches."""
    victim = Victim(spiking, str.split, 3, "fresh")
    victim.begin("1 recipe 5", 0)
    first, second = victim(TEXTS), victim(TEXTS)
    assert len({row.tobytes() for row in (*first, *second)}) == 2 * len(TEXTS)
    assert victim.scored == 2 * len(TEXTS)
    victim.begin("1 recipe 6", 0)
    assert not np.array_equal(victim(TEXTS), first)
    for batch in (1, 4):
        np.testing.assert_array_equal(told(spiking, "fresh", batch=batch), first)
    same = told(spiking, "fresh", [TEXTS[0]] * 3)
    assert len({row.tobytes() for row in same}) == 3


def test_fresh_spikes_are_not_refused(spiking):
    victim = Victim(spiking, str.split, 2, "fresh")
    victim.prepare(TEXTS)
    assert victim.temperature == 1
    assert not victim.mode.repeatable
    assert all(MODES[mode].repeatable for mode in set(MODES) - {"fresh"})


def test_expectation_is_the_mean_of_the_scores(spiking):
    scores = np.mean([spiking.drawn(draw).scores(words(TEXTS)) for draw in (1, 2, 3, 4)], 0)
    powers = np.exp(scores.astype(float))
    np.testing.assert_allclose(told(spiking, "expectation"), powers / powers.sum(1, keepdims=True), rtol=1e-5)
    assert not np.allclose(told(spiking, "expectation", draws=2), told(spiking, "expectation"))


class Drawing:
    """Two classes; draw d says what `said[d]` says, scores as given."""

    stochastic = True

    def __init__(self, said, draw=1):
        self.said, self.draw, self.asked = said, draw, []

    def scores(self, token_lists):
        self.asked.append(self.draw)
        return np.array([self.said(self.draw)] * len(token_lists), float)

    def drawn(self, draw, seed=None):
        one = Drawing(self.said, draw)
        one.asked = self.asked
        return one


def test_the_majority_wins_against_the_mean():
    """Three weak votes for the first class against one loud one for the second."""
    scorer = Drawing(lambda draw: [1, 0] if draw < 4 else [0, 9])
    assert told(scorer, "expectation", ["a"]).argmax() == 1
    (vote,) = told(scorer, "vote", ["a"])
    assert vote.argmax() == 0
    assert vote.sum() == pytest.approx(1, abs=1e-12)
    assert vote[0] == pytest.approx((3 / 4 + 1 / 8 / (1 + np.exp(6 / 4))) / (1 + 1 / 8))


def test_a_tie_of_votes_goes_to_the_higher_mean():
    for loud, wins in ((9, 1), (0.5, 0)):
        scorer = Drawing(lambda draw, loud=loud: [1, 0] if draw % 2 else [0, loud])
        assert told(scorer, "vote", ["a"]).argmax() == wins


def test_a_patient_search_ends_where_nine_draws_in_ten_are_wrong():
    """Though the mean and the majority already are, if two in ten are right; what is told is the mean."""
    for right, ends in ((2, False), (1, True)):
        scorer = Drawing(lambda draw, right=right: [draw, 0] if draw <= right else [0, draw])
        victim = Victim(scorer, str.split, 2, "patient", 10)
        victim.begin("1 recipe 5", 0)
        np.testing.assert_array_equal(victim(["a"]), told(scorer, "expectation", ["a"], draws=10))
        assert victim.ends("a") is ends
    for mode in set(MODES) - {"patient"}:
        victim = Victim(scorer, str.split, 2, mode, 10)
        victim.begin("1 recipe 5", 0)
        victim(["a"])
        assert victim.ends("a") is None


def test_whether_a_search_ends_is_said_of_each_text(spiking):
    victim = Victim(spiking, str.split, 3, "patient", 10)
    victim.begin("1 recipe 5", 1)
    victim(TEXTS)
    drawn = [spiking.drawn(draw).scores(words(TEXTS)) for draw in range(1, 11)]
    wrong = np.mean([scores.argmax(1) != 1 for scores in drawn], 0)
    assert [victim.ends(text) for text in TEXTS] == (wrong > 0.85).tolist()


def test_noise_that_chose_does_not_score():
    """No draw of any search is among the scoring draws, which are the same for all of them."""
    scorer = Drawing(lambda draw: [draw % 4 > 0, 0.5])
    for mode in MODES:
        told(scorer, mode, draws=1000)
    searched = set(scorer.asked)
    scorer.asked.clear()
    assert shares(redrawn(scorer), [["a"], ["b"]], 0) == [3 / 4, 3 / 4]
    assert scorer.asked == list(SCORING)
    assert len(SCORING) >= 10
    assert not searched & set(SCORING)


def test_shares_of_what_draws_nothing_are_0_or_1(english):
    scorer = english.train()
    assert shares([scorer], [["great"], ["awful"]], 1) == [1.0, 0.0]
    assert len(scorer.batches) == 1


class Noisy:
    """A real classifier with normal noise on each word's evidence, a function of word, draw and seed."""

    stochastic = True

    def __init__(self, plain, draw=1, seed=0):
        self.plain, self.place = plain, (draw, seed)

    def drawn(self, draw, seed=None):
        return type(self)(self.plain, draw, 0 if seed is None else seed)

    def scores(self, token_lists):
        def noise(tokens):
            keys = [[*self.place, *word.encode()] for word in tokens]
            return sum(np.random.default_rng(key).normal(scale=0.4) for key in keys)

        more = np.array([noise(tokens) for tokens in token_lists])[:, None]
        return self.plain.scores(token_lists) + more * [-1, 1]


def attack(english, folder, mode, batch=64, scorer=None):
    """Run a real search; returns figures and rows."""
    store, recipe = RowStore(folder / "rows.jsonl", "key"), find_recipe("deepwordbug")
    scorer = scorer or Noisy(english.train())
    sample = SampleAttack(recipe, scorer, english.tokenise, 64, english.examples, [], batch, 1, mode, 5)
    rows = sample.run(store)
    return sample.summary(rows), rows


@textattack
def test_fresh_results_depend_on_no_batch_and_no_interruption(english, tmp_path):
    """Killed in the middle of a text, and asked 7 at once."""
    (tmp_path / "whole").mkdir()
    figures, rows = attack(english, tmp_path / "whole", "fresh")
    scorer = Noisy(english.train())
    left = 60

    class Killed(BaseException):
        pass

    class Mortal(Noisy):
        def scores(self, token_lists):
            nonlocal left
            left -= 1
            if not left:
                raise Killed
            return super().scores(token_lists)

    with pytest.raises(Killed):
        attack(english, tmp_path, "fresh", scorer=Mortal(english.train()))
    kept = (tmp_path / "rows.jsonl").read_text(encoding="utf-8").count("\n") - 1
    assert 0 < kept < len(rows)
    assert attack(english, tmp_path, "fresh", 7, scorer) == (figures, rows)


@textattack
def test_a_lucky_query_is_no_success(english, tmp_path):
    """What one draw in many gets wrong falls to a search that may ask often, and holds afterwards."""
    found = {}
    for mode in MODES:
        (tmp_path / mode).mkdir()
        figures, rows = attack(english, tmp_path / mode, mode)
        found[mode] = figures
        for row in rows:
            tokens = [english.tokenise(row[text]) for text in ("original", "perturbed")]
            own = shares(redrawn(Noisy(english.train())), tokens, row["label"])
            if mode == "fixed":  # the frozen network itself
                own = [float(row[place] == row["label"]) for place in ("before", "after")]
            assert [row["right"], row["held"]] == own
        attacked = [row for row in rows if row["result"] != "skipped"]
        fallen = sum(row["result"] == "successful" for row in rows)
        before, after = (sum(row[name] for row in rows) for name in ("right", "held"))
        assert figures["success_rate"] == pytest.approx((before - after) / before)
        assert figures["claimed_rate"] == fallen / len(attacked)
    assert found["fresh"]["claimed_rate"] > found["fresh"]["success_rate"] + 0.1
    assert found["fixed"]["claimed_rate"] == found["fixed"]["success_rate"]
    assert len({figures["clean_accuracy"] for mode, figures in found.items() if mode != "fixed"}) == 1
    assert found["expectation"]["after_attack_accuracy"] < found["expectation"]["clean_accuracy"]


@textattack
def test_a_patient_search_leaves_less(english, tmp_path):
    """Where each misspelt word weighs against all others, a text can be brought far beyond even odds."""
    plain = english.train()
    known = {word for example in english.examples for word in english.tokenise(example.text)}

    class Contrary:
        def scores(self, token_lists):
            unknown = np.array([sum(word not in known for word in tokens) for tokens in token_lists])
            return 2 * plain.scores(token_lists) * (1 - unknown)[:, None]

    left = {}
    for mode in ("expectation", "patient"):
        (tmp_path / mode).mkdir()
        figures, _ = attack(english, tmp_path / mode, mode, scorer=Noisy(Contrary()))
        left[mode] = figures["after_attack_accuracy"]
    assert left["patient"] < left["expectation"] - 0.05


@textattack
def test_the_steps_of_a_search_are_scored_one_by_one(english, tmp_path):
    """They end with the text that the search gives; budgets count the last that they afford."""
    _, rows = attack(english, tmp_path, "patient")
    assert max(len(row["steps"]) for row in rows) > 1
    asked = redrawn(Noisy(english.train()))
    for row in rows:
        changed = [step["changed"] for step in row["steps"]]
        assert changed == sorted(changed)
        for step in row["steps"]:
            assert [step["held"]] == shares(asked, [step["read"]], row["label"])
        if row["steps"]:
            last = row["steps"][-1]
            assert (last["changed"], last["held"]) == (row["changed"], row["held"])
        else:
            assert row["held"] == row["right"]
    figures = summarise(rows)
    one = [
        [step["held"] for step in row["steps"] if step["changed"] == 1][-1:] or [row["right"]] for row in rows
    ]
    assert figures["budgets"]["1 word"] == pytest.approx(np.mean(one))
    write_rows(tmp_path / "rows.parquet", rows)
    again = pd.read_parquet(tmp_path / "rows.parquet").to_dict("records")
    assert summarise(again) == figures


@textattack
def test_a_victim_that_draws_nothing_has_no_steps(english, tmp_path):
    _, rows = attack(english, tmp_path, "fixed")
    assert not any("steps" in row for row in rows)


def test_budgets_count_by_what_holds():
    """Two fell, after 1 and 3 of 10 words; one wavers after 4; one seemed wrong, though most are right."""
    rows = [
        {"result": "successful", "changed": 1, "right": 0.9, "held": 0.3},
        {"result": "successful", "changed": 3, "right": 1.0, "held": 0.5},
        {"result": "failed", "changed": 4, "right": 0.8, "held": 0.7},
        {"result": "skipped", "changed": 0, "right": 0.6, "held": 0.6},
    ]
    rows = [{**row, "words": 10, "queries": 5} for row in rows]
    steps = [{"changed": n, "queries": 2 + n, "held": held} for n, held in ((1, 0.9), (2, 0.6), (3, 0.5))]
    for more, ten, twenty, area in (([], 1.0, 1.0, 1.0), (steps, 0.9, 0.6, (1.0 + 0.9) / 2)):
        rows[1] |= {"steps": more} if more else {}
        found = summarise(rows)
        assert found["clean_accuracy"] == pytest.approx((0.9 + 1.0 + 0.8 + 0.6) / 4)
        assert found["budgets"]["10 %"] == pytest.approx((0.3 + ten + 0.8 + 0.6) / 4)
        assert found["budgets"]["20 %"] == pytest.approx((0.3 + twenty + 0.8 + 0.6) / 4)
        assert found["budgets"]["unlimited"] == pytest.approx((0.3 + 0.5 + 0.7 + 0.6) / 4)
        assert found["after_attack_accuracy"] == pytest.approx(found["budgets"]["unlimited"])
        assert found["area"] == pytest.approx(((0.9 + 0.3) / 2 + area + 0.8 + 0.6) / 4)
        assert found["success_rate"] == pytest.approx((0.6 + 0.5 + 0.1) / (0.9 + 1.0 + 0.8 + 0.6))
        assert found["claimed_rate"] == pytest.approx(2 / 3)


def test_what_wavers_by_itself_is_no_success():
    untouched = {"result": "failed", "changed": 0, "words": 10, "queries": 5, "right": 0.6, "held": 0.6}
    assert summarise([{**untouched, "steps": []}])["success_rate"] == 0
