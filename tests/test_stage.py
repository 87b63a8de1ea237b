"""The scripts' wrapper: one line for users, the traceback in the log."""

import logging
import re
from types import SimpleNamespace

import psutil
import pytest

from spiketext.errors import SpikeTextError
from spiketext.stage import run


def rule(tmp_path):
    return SimpleNamespace(rule="example", log=[str(tmp_path / "logs" / "a.log")])


def test_an_expected_error_is_one_line(tmp_path, capsys):
    """No traceback on the terminal."""

    def main(_):
        raise SpikeTextError("file x has no y; add y")

    with pytest.raises(SystemExit) as stopped:
        run(rule(tmp_path), main)
    assert stopped.value.code == 1
    assert capsys.readouterr().err == "ERROR rule example: file x has no y; add y\n"
    assert "Traceback" in (tmp_path / "logs" / "a.log").read_text()


def test_a_bug_says_where_its_traceback_is(tmp_path, capsys):
    """One line as well."""
    with pytest.raises(SystemExit):
        run(rule(tmp_path), lambda _: 1 / 0)
    line = capsys.readouterr().err
    assert line.startswith(
        "ERROR rule example: ZeroDivisionError: division by zero (this is a bug; traceback in "
    )
    assert line.count("\n") == 1


def test_success_is_logged(tmp_path, capsys):
    """With the time that it took, and the most memory."""
    held = 100 * 2**20

    def main(_):
        bytearray(b"x") * held

    run(rule(tmp_path), main)
    said = re.search(
        r"rule example took [\d.]+ s and at most ([\d,]+) MiB of memory\n", capsys.readouterr().err
    )
    peak = int(said[1].replace(",", "")) * 2**20
    assert held < peak < psutil.virtual_memory().total


def test_no_escape_sequence_is_logged(tmp_path, capsys):
    """Neither on the terminal nor in the log; a traceback keeps its lines."""

    def main(_):
        logging.getLogger("spiketext").warning("file %s", "\x1b]0;owned\x07 name\r")
        raise ValueError("\x1b[2J")

    with pytest.raises(SystemExit):
        run(rule(tmp_path), main)
    written = (tmp_path / "logs" / "a.log").read_text()
    for text in (capsys.readouterr().err, written):
        assert "owned" in text
        assert all(line.isprintable() for line in text.split("\n"))
    assert '\n    raise ValueError("' in written
