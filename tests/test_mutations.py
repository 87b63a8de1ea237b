"""The list of mutations fits the code, and the runner tells what is noticed from what is not."""

import ast
from dataclasses import replace

import pytest

from mutations.__main__ import MARK, TABLE, table
from mutations.catalogue import ROOT, Mutation, key, load
from mutations.catalogue import test_files as files_of
from mutations.run import SURVIVED, TREE, Broken, attempt

MUTATIONS = load()


def test_every_mutation_fits_the_code():
    """Its text occurs once, the file with the mistake is still Python, and its tests exist."""
    for mutation in MUTATIONS:
        right = (ROOT / mutation.file).read_text(encoding="utf-8")
        wrong = mutation.apply(right)
        assert wrong != right, mutation.fault
        if mutation.file.endswith(".py"):
            ast.parse(wrong)
        for test in mutation.tests:
            name = test.partition("::")[2]
            assert files_of(test), test
            for path in files_of(test):
                assert f"def {name}" in path.read_text(encoding="utf-8"), test


def test_every_mutation_has_a_key_of_its_own():
    """Whatever kind of file it changes: by it a run that was stopped goes on."""
    kinds = {mutation.file.rpartition(".")[2]: mutation for mutation in MUTATIONS}
    assert set(kinds) == {"py", "c", "smk", "yaml"}
    assert len({key(mutation) for mutation in kinds.values()}) == len(kinds)


def test_a_copy_has_what_its_tests_import():
    """Of the checkout's own folders; a test that cannot start would notice every mistake."""
    files = {path for mutation in MUTATIONS for test in mutation.tests for path in files_of(test)}
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in files]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    imported = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    imported |= {one.name for node in nodes if isinstance(node, ast.Import) for one in node.names}
    own = {path.name for path in ROOT.iterdir() if path.is_dir() and any(path.glob("*.py"))}
    assert own & {name.partition(".")[0] for name in imported} <= set(TREE)


def test_the_list_is_long_and_says_each_mistake_once():
    faults = [mutation.fault for mutation in MUTATIONS]
    assert len(faults) == len(set(faults)) >= 70
    parts = {mutation.file.split("/")[-2] for mutation in MUTATIONS}
    assert parts >= {
        "encoding",
        "neurons",
        "conversion",
        "rules",
        "evaluation",
        "energy",
        "textcnn",
        "layers",
        "native",
        "objectives",
        "training",
        "config",
        "text",
        "report",
    }


def test_the_table_in_the_documentation_has_the_list():
    """`make mutate` writes it; at least nine of ten are noticed there."""
    made = TABLE.read_text(encoding="utf-8").partition(MARK)[2]
    rows = [line.strip("| ").split(" | ") for line in made.splitlines() if line.startswith("| ")][1:]
    assert [fault for _, fault, _ in rows] == [mutation.fault for mutation in MUTATIONS]
    assert sum(noticed != SURVIVED for *_, noticed in rows) >= 0.9 * len(rows)


@pytest.fixture
def tree(tmp_path):
    """A package with one function, and a test of it that looks at positive numbers only."""
    folder = tmp_path / "tree"
    (folder / "workflow" / "spiketext").mkdir(parents=True)
    (folder / "workflow" / "spiketext" / "size.py").write_text(
        "def size(x):\n    return x if x > 0 else -x\n", encoding="utf-8"
    )
    (folder / "tests").mkdir()
    (folder / "tests" / "test_size.py").write_text(
        "from spiketext.size import size\n\n\ndef test_size():\n    assert size(2) == 2\n", encoding="utf-8"
    )
    return folder


MISTAKE = Mutation(
    "workflow/spiketext/size.py",
    "positive numbers change sign",
    "return x if",
    "return -x if",
    ("tests/test_size.py",),
)


def test_a_mistake_is_noticed_or_survives(tree):
    """Each in its turn, in a file of the same length; the copy is right again afterwards."""
    right = (tree / MISTAKE.file).read_text(encoding="utf-8")
    survivor = replace(MISTAKE, fault="negative numbers stay", old="else -x", new="else +x")
    assert attempt(MISTAKE, tree) == "tests/test_size.py::test_size"
    assert attempt(survivor, tree) == SURVIVED
    assert attempt(MISTAKE, tree) == "tests/test_size.py::test_size"
    assert (tree / MISTAKE.file).read_text(encoding="utf-8") == right
    found = {MISTAKE: "tests/test_size.py::test_size", survivor: SURVIVED}
    text = table([MISTAKE, survivor], found)
    assert "1 of 2 mistakes are noticed (50.0%)" in text
    assert "Not noticed: negative numbers stay" in text
    assert "| size.py | positive numbers change sign | test_size.py::test_size |" in text


def test_an_endless_loop_is_stopped(tree):
    endless = replace(MISTAKE, old="    return x if x > 0 else -x\n", new="    while True:\n        pass\n")
    assert attempt(endless, tree, limit=10) == "the time limit of 10 s"


def test_tests_that_cannot_run_say_nothing(tree):
    """A mistake that breaks the import of the tests would be noticed by any test at all."""
    with pytest.raises(Broken, match="positive numbers change sign"):
        attempt(replace(MISTAKE, new="return ((x if"), tree)
    with pytest.raises(ValueError, match="occurs 0 times"):
        attempt(replace(MISTAKE, old="return y"), tree)
