from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiketext.attack.reading import LONGEST_WORD, UNKNOWN_WORD, Reader
from spiketext.attack.sample import Example
from spiketext.errors import SpikeTextError
from spiketext.text.tokenisers import tokenise


def reader(language="en", max_length=64, texts=()):
    return Reader(partial(tokenise, language=language), max_length, texts)


def example(text, language="en"):
    return Example(3, 0, text, tuple(tokenise(text, language)))


def shown(text, language="en", max_length=64):
    """What is shown of a text, after a check that the network reads the same."""
    one = reader(language, max_length, [text])
    found = one.show(example(text, language))
    assert found.tokens == tuple(tokenise(text, language))[:max_length]
    assert tuple(one.words(found.text))[:max_length] == found.tokens
    return one, found.text


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("en", "A [UNK] film.", ["a", UNKNOWN_WORD, "film", "."]),
        ("en", "[UNK]-like ([UNK])!", [UNKNOWN_WORD, "-like", "(", UNKNOWN_WORD, ")", "!"]),
        ("zh", "很[UNK]，酒店", ["很", UNKNOWN_WORD, "，", "酒店"]),
        ("zh", "房间[UNK]3", ["房间", UNKNOWN_WORD, "3"]),
    ],
)
def test_a_mask_becomes_one_word_without_vector(language, text, words):
    assert reader(language).words(text) == words


@pytest.mark.parametrize("text", ["A text,  with  blanks ", "It's <br /> 5:30 p.m. ... \u201cOK\u201d", "!"])
def test_a_text_that_is_read_whole_is_shown_as_it_is(text):
    assert shown(text)[1] == text


def test_the_end_that_nobody_reads_is_not_shown():
    words = [f"word{number}" for number in range(3000)]
    assert shown(" ".join(words))[1] == " ".join(words[:64])
    assert shown("Don't go, ever.", max_length=2)[1] == "Don't"
    assert shown("今天天气很好，" * 500, "zh", 5)[1] in "今天天气很好，" * 2
    assert len(shown("a,b;" * 5000, max_length=10)[1]) == 10


@pytest.mark.parametrize("text", ["a [UNK] film [unk][Unk]", "two <SPLIT>s<split>", "<SPLIT>", "[[UNK]]"])
def test_marks_of_textattack_in_the_data_are_plain_words(text):
    assert shown(text)[1] == text.lower()
    assert UNKNOWN_WORD not in shown(text)[0].words(shown(text)[1])


@pytest.mark.parametrize(("language", "link"), [("en", "Example.com/" + "a/" * 700), ("zh", "A" * 700)])
def test_long_words_are_hidden_from_the_attack_and_not_from_the_network(language, link):
    text = f"Good ({link}) and {link}b or {'x' * 20_000}, {'y' * LONGEST_WORD}."
    one, seen = shown(text, language)
    assert len(seen) < 100
    assert "y" * LONGEST_WORD in seen
    assert one.restore(seen).lower() == text.lower()
    changed = seen.replace("Good", "[UNK]")
    assert one.words(changed) == [UNKNOWN_WORD, *tokenise(text, language)[1:]]


def test_characters_of_the_data_stand_in_for_nothing():
    text = "\U000f0000 \U000f0001 " + "x" * 60
    one, seen = shown(text)
    assert one.restore(seen) == text


def test_other_words_than_in_training_are_refused():
    with pytest.raises(SpikeTextError, match="text 3 is cut into other words than in training"):
        reader().show(Example(3, 0, "a film", ("a", "film", "more")))


PARTS = ["[UNK]", "<SPLIT>", "don't", "5:30", "a" * 60, "很好", "，", "<br />", "x/" * 40, "A.", "''"]


@given(
    st.lists(st.sampled_from(PARTS)).map(" ".join) | st.text(),
    st.sampled_from(["en", "zh"]),
    st.integers(1, 9),
)
def test_the_network_reads_of_what_is_shown_what_it_reads_of_the_text(text, language, max_length):
    shown(text, language, max_length)
