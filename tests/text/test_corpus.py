import json
import resource
import subprocess
import sys
import textwrap
import tracemalloc
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiketext.arrays import read_arrays
from spiketext.config.data import TextFile
from spiketext.errors import SpikeTextError
from spiketext.labels import Coding
from spiketext.text import corpus as module
from spiketext.text.corpus import write_corpus
from spiketext.text.duplicates import (
    CONFLICTING,
    DUPLICATE,
    EMPTY,
    KEPT,
    OVERLAPPING,
    RELABELLED,
    SPLITS,
    Fingerprints,
    Hashes,
    hashes,
)
from spiketext.text.encode import length_statistics, vocabulary, write_statistics, write_tokens

CLASSES = ["negative", "positive"]
CODING = Coding(CLASSES)
WORKFLOW = Path(__file__).parents[2] / "workflow"


def write_csv(path, rows):
    path.write_text("text,label\n" + "".join(f'"{text}",{label}\n' for text, label in rows), encoding="utf-8")
    return path, TextFile(path=str(path))


@pytest.fixture
def build(tmp_path):
    def build(rows, language="en", workers=1, coding=CODING, max_length=64):
        output = tmp_path / "out" / "corpus.parquet"
        raw = write_csv(tmp_path / "raw.csv", rows)
        return output, write_corpus(output, [raw], coding, language, max_length, workers)

    return build


ROWS = [
    ("Fine  film", 1),
    ("dull", 0),
    ("Fine film", 1),
    ("", 1),
    ("both", 0),
    ("both", 1),
    ("both", 1),
    (" ", 0),
    ("not dull , fine", 1),
]


def test_rows_dropped_are_reported_with_their_reasons(build, caplog):
    caplog.set_level("INFO")
    output, corpus = build(ROWS)
    table = pq.read_table(output)
    assert table["id"].to_pylist() == [0, 1, 8]
    assert table["text"].to_pylist() == ["Fine film", "dull", "not dull , fine"]
    assert table["label"].to_pylist() == [1, 0, 1]
    assert table["split"].to_pylist() == ["", "", ""]
    assert table["tokens"].to_pylist() == [["fine", "film"], ["dull"], ["not", "dull", ",", "fine"]]
    across = {"overlapping": 0, "relabelled": 0}
    assert corpus.report == {
        "read": 9,
        "kept": 3,
        "empty": 2,
        "duplicates": 1,
        "conflicting": 3,
        **across,
        "other_labels": 0,
        "equal_when_cut": 0,
        "missing_classes": {},
        "files": [{"file": "raw.csv", "format": "csv", "separator": ",", "rows": 9, "other_labels": 0}],
        "classes": {
            "negative": {"read": 2, "kept": 1, "empty": 0, "duplicates": 0, "conflicting": 1, **across},
            "positive": {"read": 5, "kept": 2, "empty": 0, "duplicates": 1, "conflicting": 2, **across},
        },
        "examples": {
            "empty": [3, 7],
            "duplicates": [2],
            "conflicting": [4, 5, 6],
            "overlapping": [],
            "relabelled": [],
            "equal_when_cut": [],
        },
    }
    assert corpus.words == Counter({"fine": 2, "dull": 2, "film": 1, "not": 1, ",": 1})
    assert "3 rows dropped: contradictory" in caplog.text


def write_splits(tmp_path, **rows):
    """Corpus and report of files of a standard split: lists of (text, label) by split, in that order."""
    files = []
    for name, texts in rows.items():
        path, _ = write_csv(tmp_path / f"{name}.csv", texts)
        files.append((path, TextFile(path=str(path), split=name)))
    corpus = write_corpus(tmp_path / "c.parquet", files, CODING, "en", 64, 1)
    table = pq.read_table(tmp_path / "c.parquet").to_pylist()
    return [(row["split"], row["text"], row["label"]) for row in table], corpus.report


def test_a_text_that_stands_in_test_too_leaves_train_whatever_its_labels(tmp_path, caplog):
    caplog.set_level("INFO")
    found, report = write_splits(
        tmp_path,
        train=[("a", 1), ("b", 0), ("c", 0), ("e", 0), ("c", 0), ("f", 1)],
        dev=[("b", 1), ("d", 0), ("e", 0)],
        test=[("c", 1), ("a", 1), ("e", 1), ("g", 0)],
    )
    assert found == [
        ("train", "f", 1),
        ("dev", "b", 1),
        ("dev", "d", 0),
        ("test", "c", 1),
        ("test", "a", 1),
        ("test", "e", 1),
        ("test", "g", 0),
    ]
    counts = {key: report[key] for key in ("read", "kept", "duplicates", "conflicting")}
    assert counts == {"read": 13, "kept": 7, "duplicates": 6, "conflicting": 0}
    assert report["overlapping"] == 6
    assert report["relabelled"] == 5  # all but "a"
    assert report["examples"]["relabelled"] == [1, 2, 3, 4, 8]
    assert report["classes"]["positive"]["overlapping"] == 1
    assert "6 of the repeated rows stand in a split that is nearer to test" in caplog.text
    assert "5 of those have another label" in caplog.text


def test_contradictions_within_test_take_all_copies_along(tmp_path):
    found, report = write_splits(
        tmp_path,
        train=[("a", 0), ("b", 0), ("c", 1)],
        test=[("a", 0), ("a", 1), ("b", 0), ("b", 0), ("d", 1)],
    )
    assert found == [("train", "c", 1), ("test", "b", 0), ("test", "d", 1)]
    assert report["conflicting"] == 3
    assert (report["duplicates"], report["overlapping"]) == (2, 1)


ROW = st.tuples(st.sampled_from(["", "a", "b", "c"]), st.integers(0, 2), st.sampled_from(SPLITS))


@given(st.lists(ROW, max_size=25))
def test_decisions_equal_a_plain_implementation(rows):
    fingerprints = Fingerprints()
    groups = defaultdict(list)
    for number, (text, label, split) in enumerate(rows):
        labels = np.array([label if text else -1], dtype=np.int16)
        fingerprints.add(hashes([text.split()], 64), labels, np.array([SPLITS.index(split)], dtype=np.int8))
        groups[text].append(number)
    protection = {"": 0, "train": 0, "dev": 1, "test": 2}
    expected = [EMPTY] * len(rows)
    for text, members in groups.items():
        if not text:
            continue
        top = max(protection[rows[row][2]] for row in members)
        keepers = [row for row in members if protection[rows[row][2]] == top]
        labels = {rows[row][1] for row in keepers}
        for row in members:
            if len(labels) > 1:
                expected[row] = CONFLICTING
            elif row in keepers:
                expected[row] = KEPT if row == keepers[0] else DUPLICATE
            else:
                expected[row] = OVERLAPPING if rows[row][1] in labels else RELABELLED
    assert fingerprints.decide().status.tolist() == expected


def test_workers_and_chunks_change_nothing(build, monkeypatch, caplog):
    rows = [(f"text number {number} of many", number % 2) for number in range(50)]
    output, alone = build(rows)
    expected = pq.read_table(output)
    monkeypatch.setattr(module, "WORTH_A_POOL", 0)
    monkeypatch.setattr(module, "CHUNK_ROWS", 7)
    monkeypatch.setattr(module, "REPORT_EVERY", 20)
    caplog.set_level("INFO")
    output, together = build(rows, workers=2)
    assert pq.read_table(output).equals(expected)
    assert pq.ParquetFile(output).num_row_groups == 8
    assert together == alone
    assert [line for line in caplog.messages if "cut" in line] == ["21 texts cut", "42 texts cut"]


def test_a_text_without_a_word_is_empty(build, monkeypatch):
    monkeypatch.setattr(module, "tokenise", lambda text, language: [] if text == "x" else [text])
    output, corpus = build([("x", 0), ("a", 0), ("b", 1)])
    assert pq.read_table(output)["text"].to_pylist() == ["a", "b"]
    assert (corpus.report["empty"], corpus.report["kept"]) == (1, 2)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], "no rows"),
        ([("", 0), (" ", 1)], "none of 2 texts is left"),
        ([("a", 0), ("a", 1)], "none of 2 texts is left"),
        ([("a", 0), ("b", 0)], "no text of class positive"),
        ([("a", 0), ("b", 2)], "'2' in line 3"),
    ],
)
def test_bad_data_is_one_line_and_leaves_no_file(build, tmp_path, rows, expected):
    with pytest.raises(SpikeTextError, match=expected) as caught:
        build(rows)
    assert "\n" not in str(caught.value)
    assert "raw.csv" in str(caught.value)
    assert not list((tmp_path / "out").glob("*")) if (tmp_path / "out").exists() else True


def test_a_class_that_loses_its_last_text_while_cutting(build, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "tokenise", lambda text, language: [] if text == "x" else [text])
    with pytest.raises(SpikeTextError, match="no text of class negative"):
        build([("x", 0), ("b", 1)])
    assert list((tmp_path / "out").iterdir()) == []


def test_a_full_disk_is_one_line_and_leaves_no_file(build, tmp_path):
    rows = [(f"{number} " + "word " * 200 + str(number * 7919), number % 2) for number in range(3000)]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    raw = write_csv(tmp_path / "raw.csv", rows)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(SpikeTextError, match="free some space"):
            write_corpus(tmp_path / "out" / "c.parquet", [raw], CODING, "en", 64, 1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list((tmp_path / "out").iterdir()) == []


def test_vocabulary_goes_by_frequency_then_alphabet():
    assert vocabulary(Counter({"b": 2, "c": 2, "a": 1, "z": 9})) == ["", "z", "b", "c", "a"]


def test_tokens_are_the_corpus_in_numbers(build, tmp_path):
    output, corpus = build(ROWS)
    words = vocabulary(corpus.words)
    found = write_tokens(tmp_path / "t.safetensors", output, words, corpus.words.total(), 2)
    arrays = read_arrays(tmp_path / "t.safetensors")
    assert {name: str(array.dtype) for name, array in arrays.items()} == {
        "ids": "int32",
        "offsets": "int64",
        "labels": "int64",
        "split": "int8",
    }
    texts = [
        [words[number] for number in arrays["ids"][begin:end]]
        for begin, end in zip(arrays["offsets"][:-1], arrays["offsets"][1:], strict=True)
    ]
    assert texts == pq.read_table(output)["tokens"].to_pylist()
    assert arrays["labels"].tolist() == [1, 0, 1]
    assert arrays["split"].tolist() == [0, 0, 0]
    assert length_statistics(found, 2) == {
        "n": 3,
        "length_mean": 2.33,
        "length_median": 2.0,
        "length_p95": 3.8,
        "length_max": 4,
        "truncated_share": 0.3333,
        "vocabulary": 5,
    }
    write_statistics(tmp_path / "s.csv", found, CLASSES, max_length=2)
    assert (tmp_path / "s.csv").read_text().splitlines() == [
        "scope,n,length_mean,length_median,length_p95,length_max,truncated_share,vocabulary",
        "all,3,2.33,2.0,3.8,4,0.3333,5",
        "negative,1,1.0,1.0,1.0,1,0.0,1",
        "positive,2,3.0,3.0,3.9,4,0.5,5",
    ]


def test_memory_does_not_grow_with_the_data(tmp_path):
    """Ten times the texts may take 40 MB more; held as lists of words they would take 150 MB more."""
    script = """
        import json, random, resource, sys
        from pathlib import Path
        from spiketext.config.data import TextFile
        from spiketext.labels import Coding
        from spiketext.text.corpus import write_corpus
        from spiketext.text.encode import vocabulary, write_tokens
        folder, n = Path(sys.argv[1]), int(sys.argv[2])
        words = [f"word{number}" for number in range(3000)]
        draw = random.Random(1)
        with (folder / "raw.csv").open("w") as file:
            file.write("text,label\\n")
            for number in range(n):
                file.write(" ".join(draw.choices(words, k=150)) + f",{number % 2}\\n")
        spec = TextFile(path=str(folder / "raw.csv"))
        corpus = write_corpus(folder / "c", [(Path(spec.path), spec)], Coding(["a", "b"]), "en", 64, 1)
        write_tokens(folder / "t", folder / "c", vocabulary(corpus.words), corpus.words.total(), 2)
        print(json.dumps([corpus.report["kept"], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
    """
    peaks = {}
    for n in (1500, 15_000):
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(script), str(tmp_path), str(n)],
            env={"PYTHONPATH": str(WORKFLOW)},
            capture_output=True,
            text=True,
            check=True,
        )
        kept, peaks[n] = json.loads(done.stdout)
        assert kept == n
    assert peaks[15_000] - peaks[1500] < 40, peaks


def test_a_row_takes_as_many_bytes_as_said():
    """20 while files are read, some 65 while it is decided which rows stay; 5 of each are left."""
    rows, part = 20_000, 1_000
    draw, fingerprints = np.random.default_rng(0), Fingerprints()
    tracemalloc.start()
    try:
        for _ in range(rows // part):
            found = draw.integers(0, 2**63, part).astype(np.uint64)
            same = Hashes(found, found.copy(), np.zeros(part, bool))
            fingerprints.add(same, np.zeros(part, np.int16), np.zeros(part, np.int8))
        held, _ = tracemalloc.get_traced_memory()
        verdict = fingerprints.decide()
        left, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (verdict.status == KEPT).all()
    assert held / rows < 23
    assert peak / rows < 75
    assert left / rows < 7


def test_hashes_see_the_whole_text():
    texts = [["a"] * 5000, ["a"] * 5000 + ["b"], ["a"] * 5000, ["aa"] * 2500, []]
    found = hashes(texts, 64)
    assert found.empty.tolist() == [False] * 4 + [True]
    fingerprints = Fingerprints()
    fingerprints.add(found, np.zeros(5, dtype=np.int16), np.zeros(5, dtype=np.int8))
    verdict = fingerprints.decide()
    assert verdict.status.tolist() == [KEPT, KEPT, DUPLICATE, KEPT, EMPTY]
    assert verdict.equal_when_cut.tolist() == [True, True, False, False, False]
    assert isinstance(found, Hashes)


def test_copies_are_texts_with_the_same_tokens(tmp_path):
    """Capitals, line-break tags, kinds of quotes and spaces are nothing that a network reads."""
    found, report = write_splits(
        tmp_path,
        train=[("A dull   film", 0), ("a dull film<br />", 1), ("it’s fine", 1), ("it's fine.", 1), ("x", 0)],
        test=[("a dull film", 0), ("It's fine", 1)],
    )
    assert found == [
        ("train", "it's fine.", 1),
        ("train", "x", 0),
        ("test", "a dull film", 0),
        ("test", "It's fine", 1),
    ]
    assert (report["overlapping"], report["relabelled"], report["kept"]) == (3, 1, 4)


def test_copies_within_a_split_of_its_own_seed_are_found_too(build):
    output, corpus = build([("Fine film", 1), ("fine FILM", 1), ("dull", 0), ("Dull", 1), ("dull thing", 0)])
    assert pq.read_table(output)["text"].to_pylist() == ["Fine film", "dull thing"]
    assert (corpus.report["duplicates"], corpus.report["conflicting"]) == (1, 2)
    assert corpus.words == Counter({"fine": 1, "film": 1, "dull": 1, "thing": 1})


def test_texts_that_are_equal_once_cut_stay_and_are_counted(build, caplog):
    caplog.set_level("INFO")
    rows = [("a b c d e", 1), ("a b c d e f", 0), ("a b c d e f", 0), ("a b c d", 1), ("a b c d e g", 1)]
    output, corpus = build(rows, max_length=5)
    assert pq.read_table(output)["id"].to_pylist() == [0, 1, 3, 4]
    assert corpus.report["equal_when_cut"] == 3
    assert corpus.report["examples"]["equal_when_cut"] == [0, 1, 4]
    assert "3 rows kept that are the same as another one as far as a network reads" in caplog.text
    assert build(rows, max_length=64)[1].report["equal_when_cut"] == 0


def test_rows_with_other_labels_are_dropped_and_counted(build, caplog):
    caplog.set_level("INFO")
    stars = [("awful", 1), ("so so", 3), ("great", 5), ("fine", 4.0)]
    coding = Coding(CLASSES, {"1": "negative", "4": "positive", "5": "positive"}, drop_others=True)
    output, corpus = build(stars, coding=coding)
    assert pq.read_table(output)["text"].to_pylist() == ["awful", "great", "fine"]
    assert pq.read_table(output)["label"].to_pylist() == [0, 1, 1]
    assert (corpus.report["read"], corpus.report["other_labels"]) == (3, 1)
    assert corpus.report["files"][0]["other_labels"] == 1
    assert "1 further rows left out" in caplog.text


def test_a_class_without_test_texts_is_told(tmp_path, caplog):
    _, report = write_splits(tmp_path, train=[("a", 0), ("b", 1)], dev=[("c", 0), ("d", 1)], test=[("e", 0)])
    assert report["missing_classes"] == {"test": ["positive"]}
    assert "no test text of class positive" in caplog.text


def test_a_split_that_loses_all_its_texts_is_refused(tmp_path):
    with pytest.raises(SpikeTextError, match="no text of `split: dev` is left"):
        write_splits(tmp_path, train=[("a", 0), ("b", 1)], dev=[("e", 0)], test=[("e", 0)])
