"""`python -m spiketext init`: files of every form become studies that the workflow takes."""

import csv
import gzip
import io
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spiketext.__main__ import main
from spiketext.config.files import read_yaml
from spiketext.config.load import load_config
from spiketext.owner import note_owner
from tests.snakemake_run import ROOT, snakemake

WORDS = {
    "bad": ["dull", "awful", "boring", "weak", "poor"],
    "good": ["bright", "lovely", "funny", "strong", "fine"],
    "so-so": ["average", "usual", "ordinary", "plain", "fair"],
    "": ["the", "film", "is", "a", "story", "of", "people", "with", "plot", "and", "music", "in", "town"],
}
CHINESE = {
    "差评": ["糟糕", "难看", "失望", "无聊", "太差"],
    "好评": ["喜欢", "漂亮", "满意", "舒服", "方便"],
    "": ["酒店", "房间", "这本", "电脑", "屏幕", "服务", "我们", "觉得", "早餐", "位置", "故事"],
}


def rows(classes=("bad", "good"), count=60, words=WORDS, joint=" "):
    """Texts of eight words, two of them of the class, with their labels; no text comes twice."""
    rng = random.Random(1)
    found = {}
    while len(found) < count:
        label = classes[len(found) % len(classes)]
        chosen = rng.sample(words[label], 2) + rng.sample(words[""], 6)
        rng.shuffle(chosen)
        found[joint.join(chosen)] = label
    return list(found.items())


def table(content, header=("review", "verdict"), delimiter=","):
    """The text of a CSV file."""
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
    writer.writerows([header] * bool(header) + list(content))
    return file.getvalue()


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Every test has a working folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def init(*words):
    """Write a study; its configuration, and its data set."""
    out = words[words.index("--out") + 1] if "--out" in words else f"{Path(words[0]).name.split('.')[0]}.yaml"
    assert main(["init", *map(str, words)]) == 0
    config = load_config(read_yaml(out), [out])
    (name,) = config.datasets
    return config, config.define.datasets[name]


def refused(capsys, *words):
    """The one line by which a file is refused; no study is written."""
    before = sorted(Path().iterdir())
    assert main(["init", *map(str, words)]) == 1
    said = capsys.readouterr()
    assert said.err.startswith("spiketext init: ")
    assert said.err.count("\n") == 1
    assert sorted(Path().iterdir()) == before
    return said.err


def test_an_english_csv(capsys):
    """What is guessed is shown with two rows, and the next command."""
    content = [(i + 100, text, label) for i, (text, label) in enumerate(rows())]
    Path("reviews.csv").write_text(table(content, ("id", "review", "verdict")))
    config, dataset = init("reviews.csv")
    said = capsys.readouterr().out
    for shown in (
        "csv, comma between cells, the first row names the columns",
        "utf-8",
        "column 'review'",
        "column 'verdict': bad × 30, good × 30",
        "English",
        "texts     60\n",
        f"bad | {content[0][1]}",
        f"good | {content[1][1]}",
        "--cores all --configfile reviews.yaml",
    ):
        assert shown in said
    assert (config.results, config.methods) == ("results/reviews", ["dnn", "sparse-20"])
    assert (dataset.language, dataset.embedding, dataset.classes) == ("en", "minilm", ["bad", "good"])
    assert dataset.test_set == "fixed"
    (file,) = dataset.files
    assert file.path == "reviews.csv"
    assert (file.text, file.label, file.header, file.separator) == ("review", "verdict", True, ",")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_a_chinese_csv(encoding):
    content = rows(("差评", "好评"), words=CHINESE, joint="")
    Path("外卖.csv").write_text(table(content, ("评论", "标签")), encoding=encoding)
    config, dataset = init("外卖.csv")
    assert (dataset.language, dataset.embedding, dataset.classes) == ("zh", "tencent", ["好评", "差评"])
    expected = {"gbk": "gb18030", "utf-8-sig": "utf-8"}.get(encoding, encoding)
    assert (dataset.files[0].encoding, dataset.files[0].text) == (expected, "评论")
    assert (config.datasets, config.results) == (["mine"], "results/外卖")


def test_western_letters():
    """Windows-1252: `é` before a letter would be a Chinese character of GB 18030."""
    content = [(f"{text} café déjà vu", label) for text, label in rows()]
    Path("a.csv").write_text(table(content), encoding="cp1252")
    assert init("a.csv")[1].files[0].encoding == "cp1252"


def test_other_encodings_are_asked_for(capsys):
    """Cyrillic bytes and damaged UTF-8 would be read as nonsense."""
    content = [("очень хороший фильм о людях и городе", label) for _, label in rows()]
    Path("a.csv").write_text(table(content), encoding="cp1251")
    assert "--encoding" in refused(capsys, "a.csv")
    Path("b.csv").write_bytes("".join(f"{i} 很好的电影,good\n" for i in range(60)).encode() + b"\xff,good\n")
    assert "UTF-8 with some bytes that are not" in refused(capsys, "b.csv")


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_separators(separator):
    Path("a.csv").write_text(table(rows(), delimiter=separator))
    assert init("a.csv")[1].files[0].separator == separator


def test_a_separator_that_cannot_be_told(capsys):
    """Every row holds one semicolon; `--separator` settles it."""
    content = [(text.replace(" ", "; ", 1), label) for text, label in rows()]
    Path("a.csv").write_text(table(content, ("my; review", "verdict")))
    said = refused(capsys, "a.csv")
    assert "divided by comma, semicolon; say which: --separator" in said
    assert init("a.csv", "--separator", ",")[1].files[0].text == "my; review"


def test_tsv():
    Path("a.tsv").write_text("".join(f"{text}\t{label}\n" for text, label in [("text", "class"), *rows()]))
    (file,) = init("a.tsv")[1].files
    assert (file.form, file.text, file.label, file.separator) == ("tsv", "text", "class", None)


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.jsonl.gz"])
def test_json_lines(name):
    """Told by the content where the name does not; lists are no columns."""
    lines = [{"body": text, "tags": ["x"], "stars": i % 2} for i, (text, _) in enumerate(rows())]
    data = "".join(json.dumps(line) + "\n" for line in lines).encode()
    Path(name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    _, dataset = init(name)
    (file,) = dataset.files
    assert (file.form, file.text, file.label, dataset.classes) == ("jsonl", "body", "stars", ["0", "1"])


def test_parquet():
    texts, labels = zip(*rows(), strict=True)
    codes = [float(label == "good") for label in labels]
    pq.write_table(pa.table({"n": range(60), "text": texts, "label": codes}), "a.parquet")
    _, dataset = init("a.parquet")
    assert (dataset.files[0].form, dataset.files[0].header, dataset.classes) == ("parquet", None, ["0", "1"])


def test_xlsx():
    book = openpyxl.Workbook()
    for row in [("comment", "kind"), *rows()]:
        book.active.append(row)
    book.save("a.xlsx")
    (file,) = init("a.xlsx")[1].files
    assert (file.form, file.text, file.label, file.header) == ("xlsx", "comment", "kind", True)


def test_no_header_row(capsys):
    """Columns become numbers, and the first row is a text like the others."""
    Path("a.csv").write_text(table([(label, text) for text, label in rows()], header=None))
    _, dataset = init("a.csv")
    assert "column '0': bad × 30, good × 30" in capsys.readouterr().out
    (file,) = dataset.files
    assert (file.text, file.label, file.header, dataset.classes) == ("1", "0", False, ["bad", "good"])


def test_three_imbalanced_classes(capsys):
    """And rows without a label are left out, as the file says."""
    content = rows(("bad", "good", "so-so"), count=90)
    kept = [row for i, row in enumerate(content) if row[1] == "good" or i < 45]
    empty = [(f"{text} again", "") for text, _ in content[:5]]
    Path("a.csv").write_text(table([*kept, *empty]))
    _, dataset = init("a.csv")
    assert dataset.classes == ["bad", "good", "so-so"]
    assert dataset.other_labels == "drop"
    said = capsys.readouterr().out
    assert "bad × 15, good × 30, so-so × 15; 5 rows without a label are left out" in said


def test_uneven_classes_have_their_settings_ready(capsys):
    """Three times as many texts: the two lines are there and, uncommented, make a study that is valid."""
    content = rows(count=90)
    few = [row for i, row in enumerate(content) if row[1] == "good" or i < 30]
    Path("a.csv").write_text(table(few))
    config, dataset = init("a.csv")
    assert (config.metric, dataset.class_weights) == ("accuracy", "none")
    assert "the largest has 3 times as many texts" in capsys.readouterr().out
    written = Path("a.yaml").read_text()
    Path("a.yaml").write_text(
        written.replace("# metric", "metric").replace("# class_weights", "class_weights")
    )
    config = load_config(read_yaml("a.yaml"), ["a.yaml"])
    assert (config.metric, config.define.datasets["a"].class_weights) == ("macro-f1", "balanced")
    Path("b.csv").write_text(table([*few, *(row for row in content if row not in few)][:62]))
    init("b.csv")
    assert "uneven" not in capsys.readouterr().out
    assert "class_weights" not in Path("b.yaml").read_text()


def test_options_settle_what_is_not_certain(capsys):
    """Two texts, two labels, many labels, ratings: each refusal names the option, and the option works."""
    texts = rows()
    content = [
        (text, text[::-1], label, i % 3, i % 30, f"{i % 4}.5") for i, (text, label) in enumerate(texts)
    ]
    names = ("review", "summary", "verdict of all", "fold", "topic", "stars")
    Path("a.csv").write_text(table(content, names))
    assert "2 columns could be the text, 'review', 'summary'" in refused(capsys, "a.csv")
    said = refused(capsys, "a.csv", "--text", "review")
    assert "2 columns could be the label, 'verdict of all', 'fold'" in said
    assert "--label 'verdict of all'" in said
    assert "correct --label" in refused(capsys, "a.csv", "--text", "review", "--label", "verdict")
    assert init("a.csv", "--text", "review", "--label", "fold")[1].classes == ["0", "1", "2"]
    only = [(row[0], row[4], row[5], i) for i, row in enumerate(content)]
    Path("b.csv").write_text(table(only, ("review", "topic", "stars", "id")))
    said = refused(capsys, "b.csv")
    assert "'topic' holds 30 different values, more than 20" in said
    assert "'stars' holds ratings or measures such as " in said
    assert "'id' holds 60 different values, more than 20" in said
    assert "--label COLUMN" in said
    assert init("b.csv", "--label", "stars")[1].classes == ["0.5", "1.5", "2.5", "3.5"]


def test_a_column_named_label_is_the_label():
    """Wherever it stands among others that could be it."""
    content = [(i % 2, text, label, i % 3) for i, (text, label) in enumerate(rows())]
    Path("a.csv").write_text(table(content, ("verified", "text", "label", "fold")))
    assert init("a.csv")[1].files[0].label == "label"


def test_a_few_chinese_words_leave_texts_english():
    """More than half of the letters decide."""
    Path("a.csv").write_text(table([(f"{text} 北京", label) for text, label in rows()]))
    assert init("a.csv")[1].language == "en"


def test_japanese_is_not_taken_for_chinese(capsys):
    """Its characters are Chinese for the most part, its endings are not."""
    content = [(f"映画館{i}番大変満足最高作品とても良い", label) for i, (_, label) in enumerate(rows())]
    Path("a.csv").write_text(table(content))
    assert "--language en or --language zh" in refused(capsys, "a.csv")


def test_other_scripts_are_asked_for(capsys):
    content = [(f"очень хороший фильм {i} о людях", label) for i, (_, label) in enumerate(rows())]
    Path("a.csv").write_text(table(content))
    assert "--language en or --language zh" in refused(capsys, "a.csv")
    assert init("a.csv", "--language", "en")[1].language == "en"


def arrays():
    """A file of NumPy's."""
    file = io.BytesIO()
    np.savez(file, x=np.zeros((2, 3)), y=[0, 1])
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.csv", b"", "a.csv: "),
        ("a.csv", b"review,verdict\n", "a.csv: "),
        ("a.csv", b"just one column\nof texts\n", "--separator"),
        ("a.csv", b"%PDF-1.7\n", "is a PDF"),
        ("a.parquet", b"PAR1 but no more", "a.parquet: "),
        ("a.xlsx", b"PK\x03\x04 no archive", "a damaged zip archive"),
        ("a.npz", arrays(), "is a file of NumPy arrays; for these there is `kind: sequences`"),
        ("a.jsonl", b'{"text": "x"}\nno json\n', "line 2: not valid JSON"),
        ("a{b}.csv", table(rows()).encode(), "must not hold '{' '}'"),
        (
            "a.csv",
            table([*rows(), ("one of a kind it is", "odd")]).encode(),
            "a.csv: class 'odd' has 1 example to",
        ),
        ("a.csv", table([(t, f"<b>{label}") for t, label in rows()]).encode(), "must not look like HTML"),
    ],
)
def test_files_that_make_no_study(capsys, name, content, expected):
    """One line, and nothing is left behind."""
    Path(name).write_bytes(content)
    assert expected in refused(capsys, name)
    assert "there is no file none.csv" in refused(capsys, "none.csv")


def test_hostile_labels_stay_values(capsys):
    """Nothing from the file becomes a key or a comment's end in the YAML file."""
    odd = ["yes\nresults: /", '"]: {', "# no", "null", "是: [1]"]
    content = [(text, odd[i % 5]) for i, (text, _) in enumerate(rows())]
    Path("a.jsonl").write_text("".join(json.dumps({"text": t, "label": v}) + "\n" for t, v in content))
    config, dataset = init("a.jsonl")
    assert config.results == "results/a"
    assert set(dataset.classes) == set(odd)


def test_nothing_is_overwritten(capsys):
    """Neither a study's file nor, by another study of the same name, its results or a data set we know."""
    Path("mr.csv").write_text(table(rows()))
    config, _ = init("mr.csv")
    assert (config.datasets, config.results) == (["mr-2"], "results/mr-2")
    assert "mr.yaml is there already" in refused(capsys, "mr.csv")
    Path("results/mr-2").mkdir(parents=True)
    assert init("mr.csv", "--out", "again.yaml")[0].results == "results/mr-3"


def test_a_study_elsewhere_finds_its_data():
    """`path` counts from the folder of the study's file."""
    Path("data").mkdir()
    Path("data/a.csv").write_text(table(rows()))
    Path("studies").mkdir()
    _, dataset = init("data/a.csv", "--out", "studies/a.yaml")
    assert dataset.files[0].path == "data/a.csv"
    assert read_yaml("studies/a.yaml")["define"]["datasets"]["a"]["files"][0]["path"] == "../data/a.csv"


def test_the_module_is_found_and_lists_its_commands():
    """In a process of its own, with what a set-up environment has."""
    done = subprocess.run(
        [sys.executable, "-m", "spiketext", "--help"],
        env=os.environ | {"PYTHONPATH": str(ROOT / "workflow")},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "init" in done.stdout


@pytest.mark.slow
def test_the_workflow_takes_the_study():
    """A dry run of what was written, with a name that a shell would take apart; then of a rival study."""
    name = "it's “我的” reviews"
    Path(f"{name}.csv").write_text(table(rows()))
    config, _ = init(f"{name}.csv")
    said = snakemake("-n", "--configfile", f"{name}.yaml", cwd=Path.cwd(), environment={})
    assert "train_dnn" in said.stdout + said.stderr
    note = Path(config.results) / "study.json"
    assert not note.exists(), "a dry run takes no folder"
    note_owner(config.results, [f"{name}.yaml"], config.origins)
    snakemake("-n", "--configfile", f"{name}.yaml", cwd=Path.cwd(), environment={})
    Path("copy.yaml").write_bytes(Path(f"{name}.yaml").read_bytes())
    said = snakemake("-n", "--configfile", "copy.yaml", cwd=Path.cwd(), environment={})
    assert f"holds results of {name}.yaml for the same data sets" in said.stdout + said.stderr
    Path("rival.csv").write_text(table(rows()))
    written = Path(f"{name}.yaml").read_text(encoding="utf-8").replace(f"{name}.csv", "rival.csv")
    Path("rival.yaml").write_text(written, encoding="utf-8")
    done = snakemake("-n", "--configfile", "rival.yaml", cwd=Path.cwd(), environment={}, check=False)
    assert done.returncode != 0
    assert f"holds the results of another study, {name}.yaml" in done.stdout + done.stderr


@pytest.mark.slow
def test_run_keeps_a_study_and_refuses_another_files(capsys):
    """`--run`, as `make own` has it: the second call runs the study that is there, of these data alone."""
    Path("a.csv").write_text(table(rows()))
    init("a.csv")
    before = Path("a.yaml").read_bytes()
    Path("b.csv").write_text(table(rows()))
    assert "a.yaml is a study of other data than b.csv" in refused(
        capsys, "b.csv", "--out", "a.yaml", "--run", "1"
    )
    line = refused(capsys, "a.csv", "--run", "1", "--label", "stars", "--encoding", "utf-8")
    assert "a.yaml is there already, so --label, --encoding would change nothing; edit a.yaml" in line
    command = [sys.executable, "-m", "spiketext", "init", "--run", "none", "a.csv"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {
        "PYTHONPATH": str(ROOT / "workflow")
    })  # fmt: skip
    assert "a.yaml is there already and is kept." in done.stdout
    assert "--cores" in done.stderr, "Snakemake itself refuses `none`"
    assert Path("a.yaml").read_bytes() == before


def test_what_is_no_table_is_named(capsys):
    """A folder, an empty file, an image, and a separator that leaves one column, each by what it is."""
    Path("folder").mkdir()
    Path("empty.csv").touch()
    Path("image.csv").write_bytes(b"\xff\xd8\xff\xe0\x00\x10" + bytes(range(256)) * 20)
    Path("a.csv").write_text(table(rows(), delimiter=";"))
    for name, said in (
        (["folder"], "folder: is a folder; name the file of texts in it"),
        (["empty.csv"], "empty.csv: is empty"),
        (["image.csv"], "holds bytes that no text has"),
        (["a.csv", "--separator", ","], "a.csv: a comma does not divide the first rows"),
        (["a.csv", "--encoding", "nope"], "a.csv: --encoding: `nope` is no character encoding"),
    ):
        assert said in refused(capsys, *name)


def test_one_column_cannot_be_both(capsys):
    """`--label` that names the texts, alone or beside `--text`."""
    Path("a.csv").write_text(table(rows(), ("review", "verdict")))
    assert "looks like the text, and no other column does" in refused(capsys, "a.csv", "--label", "review")
    both = refused(capsys, "a.csv", "--text", "review", "--label", "review")
    assert "--text and --label name the same column, 'review'" in both


def test_labels_that_only_look_different(capsys):
    """What nobody sees makes no class, and no value is none; capitals are told."""
    found = [(text, f"{label}\u200b" if i % 3 else label) for i, (text, label) in enumerate(rows())]
    found += [(f"{text} once more", "NaN") for text, _ in rows(count=5)]
    Path("a.csv").write_text(table(found))
    _, dataset = init("a.csv")
    said = capsys.readouterr().out
    assert dataset.classes == ["bad", "good"]
    assert dataset.other_labels == "drop"
    assert "5 rows without a label are left out" in said
    assert "capitals" not in said
    Path("b.csv").write_text(
        table((t, label.title() if i % 3 else label) for i, (t, label) in enumerate(rows()))
    )
    init("b.csv")
    assert "Bad, bad, Good, good differ by capitals only" in capsys.readouterr().out


def test_one_sheet_of_several_is_named(capsys):
    """A cover, or a second half, is not passed over unseen."""
    book = openpyxl.Workbook()
    for sheet in (book.active, book.create_sheet("more")):
        for row in [("text", "label"), *rows()]:
            sheet.append(row)
    book.save("a.xlsx")
    assert "'Sheet', 'more'; say which: `sheet`, or --sheet" in refused(capsys, "a.xlsx")
    _, dataset = init("a.xlsx", "--sheet", "more")
    assert dataset.files[0].sheet == "more"
    Path("b.csv").write_text(table(rows()))
    assert "has no sheets; leave out --sheet" in refused(capsys, "b.csv", "--sheet", "x")


def test_a_wrong_option_is_named_and_not_a_row(capsys):
    """A separator, an encoding, an ending; `make own` hands options on by another name."""
    Path("a.csv").write_text(table([(f'so "{text}", they say; yes', label) for text, label in rows()]))
    said = refused(capsys, "a.csv", "--separator", ";")
    assert "a semicolon does not divide the first rows into the same number of cells" in said
    assert "and a comma does; correct --separator, or leave it out" in said
    assert init("a.csv", "--separator", ",")[1].files[0].separator == ","
    Path("b.csv").write_text(table((f"{text} café déjà vu", label) for text, label in rows()))
    assert "set `encoding: utf-8`, or --encoding utf-8" in refused(capsys, "b.csv", "--encoding", "gb18030")
    Path("d.csv").write_text(
        table((f"{text} café déjà vu", label) for text, label in rows()), encoding="cp1252"
    )
    assert "set `encoding`, or --encoding, to" in refused(capsys, "d.csv", "--encoding", "ascii")
    Path("c.xlsx").write_text(table(rows()))
    assert "c.xlsx: is no xlsx file; give it the ending of what it is, such as .csv" in refused(
        capsys, "c.xlsx"
    )
    said = refused(capsys, "b.csv", "--run", "1", "--label", "stars")
    assert said.endswith("correct --label (with make own: OPTIONS='--label …')\n")


def test_a_column_that_is_one_value_is_passed_over_aloud(capsys):
    """Where it has the name of a label; named, it is refused for what it is."""
    content = [(text, "yes", label) for text, label in rows()]
    Path("a.csv").write_text(table(content, ("text", "label", "topic")))
    assert init("a.csv")[1].files[0].label == "topic"
    assert "label     'label' has the same value everywhere, so it is not taken" in capsys.readouterr().out
    assert "column 'label' has the same value everywhere, which makes no" in refused(
        capsys, "a.csv", "--label", "label", "--out", "b.yaml"
    )
    init("a.csv", "--label", "topic", "--out", "c.yaml")
    assert "everywhere" not in capsys.readouterr().out


@pytest.mark.parametrize(("language", "said"), [("en", "mostly in Chinese characters"), ("zh", "")])
def test_a_language_that_does_not_fit_the_script(caplog, language, said):
    """It is taken as it is said, and the job that cuts the texts warns of it, here and in the study."""
    Path("a.csv").write_text(table(rows(("差评", "好评"), words=CHINESE, joint=""), ("评论", "标签")))
    assert init("a.csv", "--language", language)[1].language == language
    (*_, last) = ["", *(one.getMessage() for one in caplog.records if "the texts are" in one.getMessage())]
    assert said in last and bool(said) is bool(last)


def test_what_is_wrong_with_data_or_options_comes_before_a_study_that_is_there(capsys):
    """Else the first mistake hides the other; a file that is not there is no other study's data."""
    Path("a.csv").write_text(table(rows()))
    init("a.csv")
    assert "no column 'lable'" in refused(capsys, "a.csv", "--label", "lable")
    assert "a.yaml is there already" in refused(capsys, "a.csv")
    assert "there is no file b.csv" in refused(capsys, "b.csv", "--out", "a.yaml", "--run", "1")


@pytest.mark.parametrize(
    "stem", ["2024", "no", "True", "null", "12_3", "010", "0x10", "2024-01-05", "é" * 90]
)
def test_a_file_whose_name_yaml_would_read_as_something_else(stem):
    """A number, a date, a word of YAML, or a name too long for a folder of results."""
    Path(f"{stem}.csv").write_text(table(rows()))
    config, _ = init(f"{stem}.csv")
    assert len(config.datasets) == 1
    assert len(Path(config.results).name.encode()) <= 200
