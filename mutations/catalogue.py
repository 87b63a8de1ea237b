"""The list of mutations, as `list.yaml` has it."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import yaml

from spiketext.provenance import code_digest

ROOT = Path(__file__).parents[1]
LIST = Path(__file__).with_name("list.yaml")


@dataclass(frozen=True)
class Mutation:
    """One mistake.

    Attributes:
        file: that is changed, from the root of the checkout.
        fault: what is wrong then.
        old: text that occurs once in the file.
        new: what stands in its place.
        tests: that must notice, as pytest takes them.
        survives: why no test can; empty where one can.
    """

    file: str
    fault: str
    old: str
    new: str
    tests: tuple[str, ...]
    survives: str = ""

    def apply(self, text: str) -> str:
        """The file's text with the mistake.

        Raises:
            ValueError: `old` does not occur exactly once.
        """
        if text.count(self.old) != 1:
            raise ValueError(f"{self.file}: {self.old!r} occurs {text.count(self.old)} times: {self.fault}")
        return text.replace(self.old, self.new)


def load(path: Path = LIST) -> list[Mutation]:
    """All mutations, in the order of the file."""
    return [
        Mutation(group["file"], one["fault"], one["old"], one["new"], tuple(tests), one.get("survives", ""))
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))
        for one in group["mutations"]
        for tests in [one.get("tests", group["tests"])]
    ]


def key(mutation: Mutation, root: Path = ROOT) -> str:
    """Digest of the mutation, the file that it changes, its tests, and all code that either of them uses."""
    digest = hashlib.sha256(json.dumps(asdict(mutation)).encode())
    tests = [path for test in mutation.tests for path in test_files(test, root)]
    folders = {root / "tests", *(path.parent for path in tests)}
    shared = {path for folder in folders for path in folder.glob("*.py") if not path.name.startswith("test_")}
    for path in (root / mutation.file, *tests, *sorted(shared)):
        digest.update(path.read_bytes())
        module = path.with_suffix(".py")  # of C code the one that calls it; a file of rules has none
        if module.exists():
            digest.update(code_digest(module).encode())
    return digest.hexdigest()[:16]


def test_files(test: str, root: Path = ROOT) -> list[Path]:
    """Files of a path that pytest takes: a file, a folder, or one test of a file."""
    path = root / test.partition("::")[0]
    return sorted(path.rglob("test_*.py")) if path.is_dir() else [path]
