import tempfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiketext.errors import SpikeTextError
from spiketext.text import tokenisers
from spiketext.text.tokenisers import jieba_tokeniser, tokenise

ENGLISH = st.text(st.sampled_from("abnt's .,:-!?\"`’$5()S<>/r…\u3000\n"), max_size=60)
CHINESE = st.text(st.sampled_from("我很不喜欢这个酒店，。！Ａ１a b\u3000\n…+#&._%-é㐀"), max_size=40)
_chinese_tokeniser = tokenisers._chinese()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It's so \"good\" -- DON'T miss it!", "it 's so \" good \" -- do n't miss it !"),
        ("did n't -lrb- really -rrb- `` good ''", 'did n\'t -lrb- really -rrb- " good "'),
        ("She said “it’s ‘fine’”…", "she said \" it 's ' fine ' \" …"),
        ("No. Mr. Smith saw U.S. films, etc. Then left.", "no . mr. smith saw u.s. films , etc. then left ."),
        ("at 10:30 for $1,000.50, well-made; a:b,c", "at 10:30 for $ 1,000.50 , well-made ; a : b , c"),
        ("the '70s rock 'em, characters' goin'", "the '70s rock 'em , characters ' goin '"),
        ("shouldn't've cannot gonna 'tis", "should n't 've can not gon na 't is"),
        ("one<br /><br>two...three [a] (b)", "one two ... three [ a ] ( b )"),
        (" \t\n", ""),
    ],
)
def test_english(text, words):
    assert tokenise(text, "en") == words.split()


@given(ENGLISH)
def test_english_is_idempotent(text):
    words = tokenise(text, "en")
    assert tokenise(" ".join(words), "en") == words


@given(ENGLISH)
def test_english_loses_nothing_but_white_space_and_the_form_of_quotes(text):
    def bare(text):
        marks = str.maketrans({"’": "'", "`": "'", '"': "''"})
        return "".join(text.lower().replace("<br>", "").replace("<br/>", "").translate(marks).split())

    if "<" not in text:
        assert bare("".join(tokenise(text, "en"))) == bare(text)


def test_very_long_chunks_are_no_problem():
    assert tokenise("'s" * 50_000, "en")[-1] == "'s"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("我很喜欢这个酒店。", ["我", "很", "喜欢", "这个", "酒店", "。"]),
        ("ＤＶＤ　１２３ OK", ["dvd", "123", "ok"]),
        ("\u3000 \n", []),
    ],
)
def test_chinese(text, words):
    assert tokenise(text, "zh") == words


@pytest.mark.parametrize("language", ["en", "zh"])
@given(text=st.one_of(st.text(max_size=40), CHINESE))
def test_words_are_never_empty_nor_hold_white_space_and_repeat(language, text):
    words = tokenise(text, language)
    assert all(word and not any(map(str.isspace, word)) for word in words)
    assert tokenise(text, language) == words


@given(CHINESE)
def test_chinese_loses_nothing_but_white_space(text):
    plain = text.replace("Ａ", "a").replace("１", "1")
    assert "".join(tokenise(text, "zh")) == "".join(plain.split())


@pytest.mark.parametrize(
    ("language", "seen", "written"),
    [
        ("en", "The café was naïve.", "The cafe\u0301 was nai\u0308ve."),
        ("en", "wonderful film", "won\u00adder\u200bful\u2060 \ufefffi\u200elm"),
        ("en", "great", "\u202agreat\u202c"),
        ("zh", "我很喜欢这个酒店", "我很喜\u200b欢这个酒\ufeff店"),
        ("zh", "豈有此理", "\uf900有此理"),  # a compatibility ideograph
    ],
)
def test_what_looks_the_same_is_the_same(language, seen, written):
    assert written != seen
    assert tokenise(written, language) == tokenise(seen, language)


def test_joiners_belong_to_what_they_join():
    family = "👩\u200d👧"
    assert tokenise(family, "en") == [family]


@given(st.one_of(st.text(max_size=40), CHINESE))
def test_blocks_are_cut_as_the_whole_text_is(text):
    """The cache of blocks changes nothing."""
    plain = text.translate(tokenisers._HALF_WIDTH).lower()
    assert _chinese_tokeniser(text) == [word for word in jieba_tokeniser().lcut(plain) if not word.isspace()]


def test_jieba_leaves_no_file_in_the_common_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert jieba_tokeniser.__wrapped__().lcut("你好") == ["你好"]  # loaded anew
    assert list(tmp_path.iterdir()) == []


def test_unknown_language():
    with pytest.raises(SpikeTextError, match="'fr'"):
        tokenise("bonjour", "fr")
