"""Every recipe by the real TextAttack, on tiny resources in the real formats."""

import json
import pickle

import pytest
import torch

from spiketext.attack.preflight import build_attack, textattack_for
from spiketext.attack.run import SampleAttack
from spiketext.attack.sample import Example
from spiketext.attack.store import RowStore
from spiketext.attack.victim import Victim
from spiketext.config.attacks import Attack, recipes
from spiketext.errors import SpikeTextError

pytestmark = [
    pytest.mark.xdist_group("textattack"),
    pytest.mark.filterwarnings("ignore:The 'warn' method:DeprecationWarning"),
]

NEIGHBOURS = {
    "wonderful": ["marvellous", "marvel", "splendidly"],
    "great": ["grand"],
    "terrible": ["dire"],
    "awful": ["dreadful"],
    "film": ["movie"],
}
TAGGED = [
    [("a", "DT"), ("wonderful", "JJ"), ("film", "NN")],
    [("a", "DT"), ("marvellous", "JJ"), ("movie", "NN")],
    [("the", "DT"), ("dire", "JJ"), ("marvel", "NN"), ("felt", "VBD"), ("great", "JJ")],
    [("truly", "RB"), ("awful", "JJ"), ("acting", "NN"), ("here", "RB")],
    [
        ("splendidly", "RB"),
        ("dreadful", "JJ"),
        ("plot", "NN"),
        ("with", "IN"),
        ("terrible", "JJ"),
        ("actors", "NNS"),
    ],
    [("grand", "JJ"), ("actors", "NNS")],
]
HOWNET = {
    "wonderful": {"adj": ["marvellous"], "noun": ["wonder"]},
    "great": {"adj": ["grand"]},
    "awful": {"adj": ["dreadful"]},
    "terrible": {"adj": ["dire"]},
    "film": {"noun": ["movie"]},
}
CILIN = (
    "Ed01A01= 漂亮 美丽 好看\r\nEd02A01= 肮脏 污秽\nEd03A01# 干净 服务\nEd04A01@ 酒店\nEe01A01= 冷淡 冷漠\n"
)
HOMOPHONES = "piao\t票\t飘\t漂\t瓢\t嫖\nzang\t脏\t葬\t藏\nre\t热\t惹\nlei\t类\n"
WORDS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "marvellous",
    "grand",
    "dire",
    "dreadful",
    "movie",
    "the",
]


def tagger():
    """A tagger that NLTK trains, as the pickle in which NLTK used to publish it."""
    from nltk.tag.perceptron import PerceptronTagger

    trained = PerceptronTagger(load=False)
    trained.train(TAGGED * 20, nr_iter=1)  # words as frequent as that have their tags in a table
    return pickle.dumps((trained.model.weights, trained.tagdict, trained.classes), protocol=2)


def language_model(folder):
    """The files of a BERT of random numbers."""

    from transformers import BertConfig, BertForMaskedLM, BertTokenizerFast

    torch.manual_seed(1)
    (folder / "words.txt").write_text("\n".join(WORDS))
    BertTokenizerFast(vocab_file=str(folder / "words.txt")).save_pretrained(folder / "model")
    small = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 8}
    model = BertForMaskedLM(BertConfig(vocab_size=len(WORDS), max_position_embeddings=40, **small))
    model.save_pretrained(folder / "model")
    return {path.name: path.read_bytes() for path in (folder / "model").iterdir()}


@pytest.fixture(scope="session")
def manifests(tmp_path_factory, make_resource, wordnet, encoder):
    """Of all resources that recipes need."""
    folder = tmp_path_factory.mktemp("tiny")
    files = {
        "counterfitted-neighbours": {"counterfitted_neighbors.json": json.dumps(NEIGHBOURS).encode()},
        "averaged-perceptron-tagger": {"averaged_perceptron_tagger.pickle": tagger()},
        "hownet-candidates": {"word_candidates_sense.pkl": pickle.dumps(HOWNET, protocol=2)},
        "masked-language-model": language_model(folder),
        "cilin": {"cilin_ex.txt": CILIN.encode()},
        "chinese-homophones": {"homophones.txt": HOMOPHONES.encode()},
        "chinese-hownet": {"lists.json": json.dumps({"漂亮": ["秀丽"], "肮脏": ["腌臜"]}).encode()},
    }
    return [wordnet, encoder, *(make_resource(folder, name, content) for name, content in files.items())]


@pytest.fixture
def attack(request, manifests, tmp_path):
    """A function that runs a recipe on the sentences of its language and on others."""

    def run(name, examples=(), given=manifests):
        recipe = Attack().recipe(name)
        case = request.getfixturevalue({"en": "english", "zh": "chinese"}[recipe.language])
        store = RowStore(tmp_path / "rows.jsonl", "key")
        sample = [
            *case.examples,
            *(
                Example(99 + i, label, text, tuple(case.tokenise(text)))
                for i, (text, label) in enumerate(examples)
            ),
        ]
        attack = SampleAttack(recipe, case.train(), case.tokenise, 64, sample, given, 64, 1)
        rows = attack.run(store)
        store.delete()
        return attack.summary(rows), rows, case

    return run


ODD = [
    "", "...", "🙂 🙂", "good", "great", "漂亮", "qzx wvut", "龘靐",
    "great 很好 film 房间", "漂亮 film 🙂 great 肮脏", "great " * 10_000, "漂亮的酒店" * 3000,
    "it's o'k -- don't 'u.s.a' a_b*c @me", "I I'd A a b", "a\x00b \x85 \u2028 great", "\u0130stanbul great",
    "x" * 99, "Wonderful FILM gReAt", "-great- 'great' great-great",
]  # fmt: skip


@pytest.mark.parametrize("name", recipes())
def test_odd_texts_are_handled_and_counted(name, attack):
    """Each with either label, so that each is wrong from the start once; nothing ends the run."""
    figures, rows, case = attack(name, [(text, label) for text in ODD for label in (0, 1)])
    scorer = case.train()
    assert figures["n"] == len(rows) == len(case.examples) + 2 * len(ODD)
    assert sum(row["candidates"] for row in rows[: len(case.examples)]) > 0
    for row in rows:
        right = row["before"] == row["label"]
        assert (row["result"] == "skipped") == (not right)
        assert row["result"] in ("successful", "failed", "skipped", "reduced")
        assert (row["after"] != row["label"]) == (row["result"] in ("successful", "skipped"))
        if row["result"] != "reduced":
            # Whether the reported class is the true one: ask the classifier directly.
            assert scorer.scores([case.tokenise(row["perturbed"])]).argmax() == row["after"]
        if row["candidates"] == 0:
            assert row["perturbed"] == row["original"]
    right = sum(row["before"] == row["label"] for row in rows)
    assert figures["clean_accuracy"] == right / len(rows)
    assert sum(row["result"] == "skipped" for row in rows) == len(rows) - right >= len(ODD)


def swaps(rows):
    """Words before and after, where they differ."""
    return {
        (old, new)
        for row in rows
        for old, new in zip(row["original"].split(), row["perturbed"].split(), strict=True)
        if old != new
    }


def test_textfooler_swaps_neighbours_of_the_same_part_of_speech(attack):
    figures, rows, _ = attack("textfooler")
    found = swaps(rows)
    assert ("wonderful", "marvellous") in found
    assert all(new in NEIGHBOURS[old] for old, new in found)
    assert not {new for _, new in found} & {"marvel", "splendidly"}
    assert figures["success_rate"] > 0
    assert any("at most 8 neighbours" in sentence for sentence in figures["substitutions"])


def test_textbugger_knows_look_alike_letters(attack):
    from spiketext.attack.recipes.textbugger import HomoglyphSwap

    assert HomoglyphSwap()._get_replacement_words("ox") == ["\u043ex", "o\u00d7"]
    assert attack("textbugger")[0]["success_rate"] > 0


def test_pruthi_misspells_one_word(attack):
    figures, rows, _ = attack("pruthi")
    assert figures["success_rate"] > 0
    for row in rows:
        assert (
            sum(a != b for a, b in zip(row["original"].split(), row["perturbed"].split(), strict=True)) == 1
        )


def test_input_reduction_keeps_the_class_and_is_no_accuracy(attack):
    figures, rows, case = attack("input-reduction")
    assert {row["result"] for row in rows} == {"reduced"}
    assert rows[0]["perturbed"].strip() == "wonderful"
    scorer = case.train()
    for row in rows:
        assert scorer.scores([case.tokenise(row["perturbed"])]).argmax() == row["label"]
        assert 1 <= row["words_left"] < row["words"]
    shares = [len(row["perturbed"].split()) / len(row["original"].split()) for row in rows]
    assert figures["share_left"] == pytest.approx(sum(shares) / len(rows))
    assert not {"after_attack_accuracy", "success_rate"} & figures.keys()


def test_pso_swaps_words_of_the_same_sememes(attack):
    figures, rows, _ = attack("pso")
    found = swaps(rows)
    assert found and all(new in HOWNET[old].get("adj", HOWNET[old].get("noun")) for old, new in found)
    assert ("wonderful", "marvellous") in found  # and never "wonder", which is its noun
    assert figures["success_rate"] > 0


def test_bae_takes_words_of_the_given_language_model(attack):
    figures, rows, _ = attack("bae")
    found = swaps(rows)
    assert found and {new for _, new in found} <= set(
        WORDS
    )  # marks too: of eleven words, all are among the best 50
    assert figures["success_rate"] > 0


@pytest.mark.parametrize(
    ("name", "pairs"),
    [
        ("chinese-synonyms", {("漂亮", "美丽"), ("漂亮", "好看"), ("肮脏", "污秽"), ("冷淡", "冷漠")}),
        (
            "chinese-homophones",
            {("漂", "票"), ("漂", "飘"), ("漂", "瓢"), ("脏", "葬"), ("脏", "藏"), ("热", "惹")},
        ),
        ("chinese-hownet", {("漂亮", "秀丽"), ("肮脏", "腌臜")}),
    ],
)
def test_chinese_recipes_swap_what_their_tables_list(name, pairs, attack):
    figures, rows, _ = attack(name)
    assert figures["success_rate"] > 0
    changed = [row for row in rows if row["perturbed"] != row["original"]]
    assert changed
    for row in changed:
        text = row["original"]
        for old, new in pairs:
            if old in text and new in row["perturbed"]:
                text = text.replace(old, new)
        assert text == row["perturbed"]


def test_a_text_on_which_textattack_fails_is_counted_apart(attack, monkeypatch):
    """And does not end the run: the others have their results as ever."""
    whole = attack("pruthi")[1]
    from textattack.transformations import WordSwapQWERTY  # not before it has found its data once

    honest = WordSwapQWERTY._get_replacement_words

    def fails(self, word):
        if word == "truly":
            raise IndexError("list index out of range")
        return honest(self, word)

    monkeypatch.setattr(WordSwapQWERTY, "_get_replacement_words", fails)
    figures, rows, _ = attack("pruthi")
    hit = ["truly" in row["original"] for row in rows]
    assert [row["result"] == "error" for row in rows] == hit
    assert figures["errors"] == sum(hit) == 2
    assert figures["n"] == len(rows) - 2
    assert figures["clean_accuracy"] == 1
    kept = [row for row, failed in zip(whole, hit, strict=True) if not failed]
    assert [row for row in rows if row["result"] != "error"] == kept


@pytest.mark.parametrize("failure", [MemoryError(), torch.OutOfMemoryError()])
def test_a_network_that_lacks_memory_ends_the_run(attack, monkeypatch, failure):
    """A later attempt gets more; texts that are too long for it must not drop out of the sample."""
    attack("pruthi")
    from textattack.transformations import WordSwapQWERTY

    def fails(self, word):
        raise failure

    monkeypatch.setattr(WordSwapQWERTY, "_get_replacement_words", fails)
    with pytest.raises((MemoryError, torch.OutOfMemoryError)):
        attack("pruthi")


def test_an_attack_that_fails_everywhere_is_no_result(attack, monkeypatch):
    attack("pruthi")
    from textattack.search_methods import GreedySearch

    def fails(self, initial_result):
        raise IndexError("list index out of range")

    monkeypatch.setattr(GreedySearch, "perform_search", fails)
    with pytest.raises(SpikeTextError, match="pruthi failed on all 8 texts"):
        attack("pruthi")


def test_a_deterministic_classifier_gives_the_same_twice(attack):
    assert attack("textbugger")[1] == attack("textbugger")[1]


@pytest.mark.parametrize("name", [name for name, recipe in recipes().items() if recipe.resources])
def test_an_absent_resource_never_passes_for_robustness(name, attack):
    with pytest.raises(SpikeTextError, match=r"is not among the resources given") as error:
        attack(name, given=[])
    assert "\n" not in str(error.value)


def test_pickles_of_others_are_only_read(attack, make_resource, manifests, tmp_path):
    class Bomb:
        def __reduce__(self):
            return print, ("boom",)

    bomb = make_resource(tmp_path, "hownet-candidates", {"x.pkl": pickle.dumps({"great": Bomb()})})
    with pytest.raises(SpikeTextError, match=r"refused, this pickle holds"):
        attack("pso", given=[bomb, *(path for path in manifests if path.parent.name != "hownet-candidates")])


def test_the_vectors_serve_in_place_of_the_lists(make_resource, manifests, english, tmp_path):
    """Nearest first, by Euclidean distance; a cosine below 0.5 is no synonym."""
    from textattack.shared.utils import GLOBAL_OBJECTS

    vectors = {
        "wonderful": (0, 1),
        "marvellous": (0.1, 1),
        "splendid": (0.5, 1),
        "grand": (2, 1),
        "dire": (0, -1),
    }
    table = "".join(f"{word} {x} {y}\n" for word, (x, y) in vectors.items()).encode()
    own = make_resource(tmp_path, "counterfitted-vectors", {"counter-fitted-vectors.txt": table})
    recipe = Attack(synonyms="counterfitted-vectors").recipe("textfooler")
    given = [own, *manifests]
    with textattack_for(recipe, given, tmp_path / "home"):
        attack = build_attack(recipe, Victim(english.train(), english.tokenise, 9), given, 9)
        found = GLOBAL_OBJECTS["textattack_counterfitted_GLOVE_embedding"]
        nearest = [found.index2word(i) for i in found.nearest_neighbours(found.word2index("wonderful"), 3)]
        assert nearest == ["marvellous", "splendid", "grand"]
        from textattack.shared import AttackedText

        text = AttackedText("a wonderful film")
        offered = {one.words[1] for one in attack.get_transformations(text, original_text=text)}
    assert "marvellous" in offered and not {"grand", "dire"} & offered
