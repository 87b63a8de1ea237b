"""The files of a configuration: read strictly, and asked which of them states a value."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from spiketext.config.renamed import as_now, describe
from spiketext.errors import SpikeTextError

MERGE = "tag:yaml.org,2002:merge"
NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
# To YAML, 010 is 8, 0x10 is 16 and 12:30 is 750.
_OTHER_NUMBER = re.compile(r"[-+]?0\w+|.*:.*")
COMMAND_LINE = "--config"
# More values than any study has: aliases of aliases would make millions out of ten lines.
MOST_VALUES = 100_000
PLAIN_TAGS = {
    f"tag:yaml.org,2002:{name}"
    for name in ("null", "bool", "int", "float", "str", "timestamp", "seq", "map", "merge")
}


class _Refused(yaml.MarkedYAMLError):
    """Valid YAML that we do not take; its `problem` says why and what to do."""


def read_yaml(path: str | Path) -> Any:
    """Read one YAML or JSON file safely.

    Raises:
        SpikeTextError: it is missing, undecodable, malformed or nested too deeply; a key stands in it twice;
            it has tags that make other things than plain values, or aliases that make too many of them.
    """
    try:
        return _parse(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise SpikeTextError(f"{path}: cannot be read: {error.strerror}; check the path") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}, line {mark.line + 1}" if mark else str(path)
        problem = getattr(error, "problem", None) or "it holds characters that YAML does not allow"
        if not isinstance(error, _Refused):
            problem = f"not valid YAML ({problem}); mend that line"
        raise SpikeTextError(f"{where}: {problem}") from error
    except UnicodeDecodeError as error:
        raise SpikeTextError(f"{path}: is not in UTF-8 ({error.reason}); save it in UTF-8") from error
    except ValueError as error:
        raise SpikeTextError(f"{path}: cannot be read: {error}; mend or remove that value") from error
    except RecursionError as error:
        raise SpikeTextError(f"{path}: nested too deeply for a configuration; remove levels") from error


def _parse(text: str) -> Any:
    """The values of a file as Snakemake reads it: JSON if it is JSON, else YAML."""
    try:
        return json.loads(text, object_pairs_hook=_unique)
    except json.JSONDecodeError:
        pass
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return None
        _count_values(root, {})
        return loader.construct_document(root)
    finally:
        loader.dispose()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object, if no key stands in it twice."""
    values = dict(pairs)
    if len(values) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key `{twice}` stands twice")
    return values


def _count_values(node: yaml.Node, counts: dict[int, int]) -> int:
    """Number of values that `node` stands for, aliases written out; refuses what is not plain.

    `counts` holds what is known already, by the nodes' identities; 0 for those being counted.
    """
    known = counts.get(id(node))
    if known == 0:
        problem = "an alias stands within what it names; write it out"
        raise _Refused(problem=problem, problem_mark=node.start_mark)
    if known is not None:
        return known
    if node.tag not in PLAIN_TAGS:
        problem = f"the tag `{node.tag}` is not plain YAML; remove it, or put the value in quotes"
        raise _Refused(problem=problem, problem_mark=node.start_mark)
    if node.tag in NUMBERS and _OTHER_NUMBER.fullmatch(node.value):
        read_as = yaml.safe_load(node.value)
        problem = f"YAML reads `{node.value[:60]}` as the number {read_as}; put it in quotes, or write that"
        raise _Refused(problem=problem, problem_mark=node.start_mark)
    counts[id(node)] = 0
    inner: list[yaml.Node] = []
    if isinstance(node, yaml.MappingNode):
        _refuse_repeated_keys(node)
        inner = [part for pair in node.value for part in pair]
    elif isinstance(node, yaml.SequenceNode):
        inner = node.value
    total = 1 + sum(_count_values(part, counts) for part in inner)
    if total > MOST_VALUES:
        problem = f"its aliases stand for more than {MOST_VALUES:,} values; write them out"
        raise _Refused(problem=problem, problem_mark=node.start_mark)
    counts[id(node)] = total
    return total


def _refuse_repeated_keys(node: yaml.MappingNode) -> None:
    lines: dict[Any, int] = {}
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _Refused(problem="a key must be a word; mend it", problem_mark=key.start_mark)
        # By its value: 1 and 1.0 are one key to Python.
        name = MERGE if key.tag == MERGE else yaml.constructor.SafeConstructor().construct_object(key)
        if name in lines:
            problem = f"the key `{key.value[:60]}` stands in line {lines[name]} already; keep one of the two"
            raise _Refused(problem=problem, problem_mark=key.start_mark)
        lines[name] = key.start_mark.line + 1


class Sources:
    """What a configuration was merged from: files by rising precedence, and the command line.

    A *path* of the configuration is the sequence of keys and of places in lists that leads to a value.

    Attributes:
        values: the merged configuration, without keys of former versions.
        stated: what each file and the command line state, in this order, likewise.
        former: what is to be said of keys of former versions, a line each.
        moved: these keys, with their methods.
    """

    def __init__(
        self,
        values: Any,
        files: Iterable[str | Path] = (),
        command_line: Mapping[str, Any] | None = None,
    ):
        """Read the files.

        Args:
            values: the merged configuration; what no file has came from the command line.
            files: those that were merged, later ones over earlier ones.
            command_line: the values of `--config`, which are over those of the files.

        Raises:
            SpikeTextError: a file is not what `read_yaml` takes.
        """
        self.values, self.moved = as_now(values)
        self.former: list[str] = []
        self._layers: list[tuple[Path | None, Any]] = [(None, self.values)]
        given = [(Path(file), read_yaml(file)) for file in files]
        for file, layer in [*given, (None, command_line or {})]:
            now, moved = as_now(layer)
            self._layers.append((file, now))
            self.former += [f"{file or COMMAND_LINE}: {describe(*one)}" for one in moved]
        self.stated = [layer for _, layer in self._layers[1:]]

    def file_of(self, path: Sequence[str]) -> Path | None:
        """The file that states the value at `path`, or else the part around it; None: the command line.

        A list is stated as a whole, so the file is that of the list.
        """
        stated, depth = None, 0
        for file, values in reversed(self._layers):
            found, in_list = _reach(values, path)
            if len(found) > depth:
                stated, depth = file, len(found)
            if in_list or depth == len(path):
                break
        return stated

    def stated_part(self, path: Sequence[str]) -> list[str]:
        """The part of `path` that is stated somewhere."""
        return list(path[: max(len(_reach(values, path)[0]) for _, values in self._layers)])

    def without_kinds(self, path: Sequence[str]) -> list[str]:
        """The keys of `path`, without the kinds that pydantic puts after the names of sections."""
        values, keys = self._layers[0][1], []
        for place, part in enumerate(path):
            if isinstance(values, Mapping) and part not in map(str, values):
                following = path[place + 1 : place + 2]
                # A key that is missing stands last, after a kind that need not be said.
                missing = place == len(path) - 2
                if values.get("kind") == part or missing or (following and following[0] in values):
                    continue
            keys.append(part)
            values = _reach(values, [part])[0][-1] if _reach(values, [part])[0] else None
        return keys

    def name(self, path: Sequence[str]) -> str:
        """Where the value at `path` stands, in words for messages."""
        return str(self.file_of(path) or COMMAND_LINE)

    def spelling(self, path: Sequence[str]) -> str | None:
        """The single value at `path` as its file spells it; None if only the command line has it."""
        file = self.file_of(path)
        if file is None:
            return None
        try:
            # This loader leaves every value as it is written.
            value = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
        except (OSError, yaml.YAMLError):  # JSON with tabs
            return None
        found, _ = _reach(value, path)
        return found[-1] if len(found) == len(path) and found and isinstance(found[-1], str) else None


def _reach(values: Any, path: Sequence[str]) -> tuple[list[Any], bool]:
    """The values on the way along `path`, as far as it leads, and whether it leads into a list."""
    found: list[Any] = []
    in_list = False
    for part in path:
        if isinstance(values, Mapping):
            keys = [key for key in values if str(key) == part]
            if not keys:
                break
            values = values[keys[0]]
        elif isinstance(values, list) and part.isdecimal() and int(part) < len(values):
            values = values[int(part)]
            in_list = True
        else:
            break
        found.append(values)
    return found, in_list
