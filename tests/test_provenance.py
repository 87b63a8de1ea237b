"""Digests: they follow imports, and nothing else."""

import os

from spiketext import provenance
from spiketext.provenance import code_digest, contents, fingerprint


def package(tmp_path, monkeypatch, **modules):
    folder = tmp_path / "spiketext"
    folder.mkdir(exist_ok=True)
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text)
    monkeypatch.setattr(provenance, "PACKAGE", folder)
    monkeypatch.setattr(provenance, "CONFIGURATION", {folder / "config.py"})
    code_digest.cache_clear()
    script = tmp_path / "script.py"
    script.write_text("from spiketext.a import x\n")
    return script


def test_a_change_two_imports_away_changes_the_digest(tmp_path, monkeypatch):
    """script → a → b; imports inside functions count."""
    script = package(
        tmp_path, monkeypatch, a="def f():\n    from spiketext import b\n", b="x = 1\n", c="x = 1\n"
    )
    before = code_digest(script)
    package(tmp_path, monkeypatch, b="x = 2\n")
    assert code_digest(script) != before


def test_a_module_that_is_not_imported_does_not(tmp_path, monkeypatch):
    """Neither does the configuration: its values are parameters."""
    script = package(tmp_path, monkeypatch, a="from spiketext import config\n", c="x = 1\n", config="k = 1\n")
    before = code_digest(script)
    package(tmp_path, monkeypatch, c="x = 2\n", config="k = 2\n")
    assert code_digest(script) == before


def test_fingerprints_follow_values_and_contents(tmp_path):
    """Not names or dates."""
    file, copy = tmp_path / "a", tmp_path / "b"
    file.write_text("x")
    copy.write_text("x")
    assert fingerprint({"k": 1}, files=[file]) == fingerprint({"k": 1}, files=[copy])
    assert fingerprint({"k": 2}, files=[file]) != fingerprint({"k": 1}, files=[file])
    copy.write_text("y")
    assert fingerprint({"k": 1}, files=[file]) != fingerprint({"k": 1}, files=[copy])


def test_contents_follow_a_file_that_is_replaced_by_an_older_one(tmp_path):
    """By size and sha256; the file's name and date do not count."""
    file = tmp_path / "data.csv"
    file.write_text("abc")
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # of "abc", FIPS 180-2
    assert contents([file]) == [f"3 bytes, sha256 {digest}"]
    os.utime(file, (1, 1))
    assert contents([file]) == [f"3 bytes, sha256 {digest}"]
    file.write_text("abd")
    os.utime(file, (0, 0))
    assert contents([file]) != [f"3 bytes, sha256 {digest}"]
