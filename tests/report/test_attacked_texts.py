"""Attacked texts with what was changed in them: the pieces, which are shown, and that all is escaped."""

import html
import re
from pathlib import Path

import pytest

from spiketext.report.attacks.texts import attacked_texts, changes, visible
from spiketext.report.document import Changes, Document, Piece, Section, to_html, to_markdown
from spiketext.tables import read_table, write_table
from tests.report.test_report import Page

HOSTILE = (
    "<script>alert('1')</script> \"q\" & \x00\x08 \u202egnp.exe\u2066 \u200b 👩‍👩‍👧 "
    "مرحبا ~~x~~ **y** | `z` \ud800"
)


def pieces(before, after, **kind):
    return [(one.kind, one.text) for one in changes(before, after, **kind)]


def test_words_that_changed():
    assert pieces("a good  film", "a bad  film") == [
        ("", "a "), ("del", "good"), ("ins", "bad"), ("", "  film"),
    ]  # fmt: skip
    assert pieces("not a film", "a film") == [("del", "not "), ("", "a film")]
    assert pieces("a film", "a fi lm") == [("", "a "), ("del", "film"), ("ins", "fi lm")]
    assert pieces("same", "same") == [("", "same")]
    assert pieces("", "") == []


def test_characters_that_changed():
    """Chinese has no blanks between words."""
    assert pieces("物流很快", "物流艮快", characters=True) == [
        ("", "物流"), ("del", "很"), ("ins", "艮"), ("", "快"),
    ]  # fmt: skip


@pytest.mark.parametrize("characters", [False, True])
def test_nothing_is_lost(characters):
    """Without what was inserted it is the one text, without what was deleted the other."""
    one, other = "the  film is\tgood , 物流", "film wax is good , 物 流 "
    found = pieces(one, other, characters=characters)
    assert "".join(text for kind, text in found if kind != "ins") == one
    assert "".join(text for kind, text in found if kind != "del") == other


def test_what_would_not_be_seen_is_named():
    assert visible("a\u202eb\xadc\x00d\ue000\ud800") == "a‹U+202E›b‹U+00AD›c‹U+0000›d‹U+E000›‹U+D800›"
    assert visible("a\tb\nc 👩‍👩‍👧 é 中 مرحبا") == "a\tb\nc 👩‍👩‍👧 é 中 مرحبا"


def shown(blocks):
    return [one for one in blocks if isinstance(one, Changes)]


def test_which_texts_are_shown(study):
    """Of fifty texts the first five of each class; the DNN first, the network made from it beside."""
    (found,) = study(attacked="dnn-and-last", seeds=[1, 2]).studies()
    said, table = attacked_texts(found, characters=False)
    assert said.text.endswith("The seed is 1.")
    assert table.columns == ["text, class", "convertible DNN of SNN-TextCNN", "SNN-TextCNN, fine-tuned"]
    assert [label for label, _ in table.rows] == [
        f"{100 + number}, {('negative', 'positive')[number % 2]}" for number in range(10)
    ]
    (dnn, network) = table.rows[0][1]
    assert dnn == ("fell, 4 of 40 words changed, 30 queries", [
        Piece("", "text 0 is "), Piece("del", "good"), Piece("ins", "bad"),
    ])  # fmt: skip
    assert network == ("withstood 30 queries", [Piece("", "text 0 is good")])


def test_nothing_to_show(study):
    (alone,) = study("alone", methods=["dnn"]).studies()
    assert attacked_texts(alone, characters=False) == []
    (none,) = study("none", attacks=False).studies()
    assert attacked_texts(none, characters=False) == []


def test_a_table_without_rows_is_left_out():
    assert Section("", "", [Changes("", ["text"], [])]).blocks == []


def test_hostile_texts_are_escaped():
    """Tags, quotes, control characters, marks that turn a line round, halves of pairs."""
    rows = [("<q>", [("<em>", changes(HOSTILE, "x " + HOSTILE))])]
    document = Document("", [Section("s", "s", [Changes("<b>", ["<i>", "<u>"], rows)])])
    page = to_html(document)
    assert not {"script", "b", "i", "u", "q"} & set(Page(page).tags)
    found = re.search(r"<bdi>(.*?)</bdi>", page, flags=re.DOTALL)[1]
    assert found.startswith("<ins>x </ins>&lt;script&gt;alert(&#39;1&#39;)")
    assert html.unescape(found.replace("<ins>x </ins>", "")) == visible(HOSTILE)
    assert not set("\x00\x08\u202e\u2066") & set(found)
    page.encode("utf-8")
    text = to_markdown(document, Path())
    assert "<script" not in text
    (line,) = [one for one in text.splitlines() if "alert" in one]
    assert "**x** &lt;script&gt;" in line
    assert "\\~\\~x\\~\\~ \\*\\*y\\*\\* \\| \\`z\\`" in line


def test_in_the_report(study):
    """Hostile texts of an attack come out of the table as text."""
    made = study(attacked="dnn-and-last")
    for path in made.attack_texts:
        columns = [
            "id",
            "original",
            "perturbed",
            "label",
            "result",
            "queries",
            "words",
            "changed",
            "right",
            "held",
        ]
        table = read_table(path, columns)
        write_table(path, table.assign(perturbed="<script>alert(1)</script> \u202e" + table["perturbed"]))
    page, markdown = made.report()
    assert "script" not in Page(page).tags
    assert "&lt;script&gt;alert(1)&lt;/script&gt; ‹U+202E›" in page
    assert page.count("<ins>") >= 20
    assert 'id="data-mr-attacked-texts"' in page
    assert "**&lt;script&gt;alert(1)&lt;/script&gt; ‹U+202E›text**" in markdown
