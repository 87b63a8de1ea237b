"""`python -m spiketext`: its commands, its errors, and that it starts fast."""

import subprocess
import sys
from pathlib import Path

import pytest

from spiketext.__main__ import COMMANDS, main
from tests.snakemake_run import ROOT

ENVIRONMENT = {"PYTHONPATH": str(ROOT / "workflow"), "PATH": "/usr/bin:/bin"}


def python(*arguments, **options):
    """A new interpreter with the package."""
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        env=ENVIRONMENT,
        timeout=120,
        check=False,
        **options,
    )


def test_every_command_says_what_it_does(capsys):
    """In the list of commands, and by itself."""
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    listed = capsys.readouterr().out
    for name in COMMANDS:
        assert name in listed
        with pytest.raises(SystemExit) as ended:
            main([name, "--help"])
        assert ended.value.code == 0
        assert f"usage: python -m spiketext {name}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["predict", "x" * 300], "File name too long"),
        (["init", "x" * 300 + ".csv"], "File name too long"),
        (["archive", "x" * 300], "File name too long"),
        (["init", "caf\udce9.csv"], "holds '\\udce9', which is no character; rename it"),
    ],
)
def test_what_the_system_refuses_is_one_line(arguments, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("caf\udce9.csv").write_text(
        "text,label\n" + "".join(f"a good old film of {n} reels,{n % 2}\n" for n in range(40))
    )
    assert main(arguments) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and said in lines[0]


def test_what_stands_behind_two_dashes_are_paths(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["init", "--", "-x.csv"]) == 1
    assert "there is no file -x.csv" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["predict"], ["predict", "x", "--nonsense"]])
def test_a_wrong_call_shows_the_usage(arguments, capsys):
    """And ends with 2."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: python -m spiketext" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["init", "--lable", "stars", "a.csv"], "there is no option --lable; did you mean --label?\n"),
        (["init", "--lable=stars", "a.csv"], "there is no option --lable; did you mean --label?\n"),
        (["predict", "x", "--step", "3", "--alsteps"], "no option --alsteps; did you mean --all-steps?\n"),
        (["archive", "--wheights", "x"], "there is no option --wheights; did you mean --weights?\n"),
        (["explain", "x", "--qqq"], "there is no option --qqq\n"),
    ],
)
def test_an_unknown_option_is_named_with_the_one_that_was_meant(arguments, said, capsys):
    """Not what follows it; the beginning of an option is no mistake."""
    with pytest.raises(SystemExit):
        main(arguments)
    assert capsys.readouterr().err.endswith(said)
    assert main(["init", "--lab", "stars", "--", "nowhere.csv"]) == 1
    assert "there is no file nowhere.csv" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["predict", "explain"])
def test_a_folder_that_is_none_is_one_line(command, tmp_path, capsys):
    """Missing, a file, without a card."""
    (tmp_path / "file").touch()
    for folder, said in (("absent", "is no folder"), ("file", "is no folder"), (".", "has no model card")):
        assert main([command, str(tmp_path / folder)]) == 1
        printed = capsys.readouterr()
        assert printed.out == ""
        (line,) = printed.err.splitlines()
        assert line.startswith(f"spiketext {command}: ")
        assert said in line


def test_neither_the_package_nor_its_help_imports_anything_heavy():
    """`import spiketext` and `--help` need no torch."""
    heavy = "{'torch', 'pandas', 'pydantic', 'numpy'} & set(sys.modules)"
    done = python("-c", f"import sys, spiketext; assert callable(spiketext.load); print({heavy})")
    assert done.stdout.split() == [b"set()"], done
    code = f"import sys, spiketext.__main__ as m\ntry: m.main(['predict', '-h'])\nfinally: print({heavy})"
    done = python("-c", code)
    assert done.stdout.split()[-1:] == [b"set()"], done


def test_load_is_that_of_the_room(tmp_path):
    """With its one-line errors."""
    done = python("-c", f"import spiketext; spiketext.load({str(tmp_path)!r})")
    assert b"SpikeTextError" in done.stderr
    assert b"has no model card" in done.stderr
