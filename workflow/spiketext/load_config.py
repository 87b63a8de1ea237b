"""From config files to a checked `Config`, with errors that name the key, its file and the nearest key."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from spiketext.attack.recipes import LANGUAGES, RECIPES, check_recipes
from spiketext.config import Config
from spiketext.config_files import Sources, read_yaml
from spiketext.config_types import Mistake, refuse_unfit_text
from spiketext.errors import SpikeTextError

CATALOGUE = Path(__file__).parent / "catalogue"
# Where local paths stand; `*` is any name, or any place in a list.
LOCAL_PATHS = (
    ("mirror",),
    ("define", "resources", "*", "path"),
    ("define", "datasets", "*", "files", "*", "path"),
    ("define", "embeddings", "*", "sources", "*", "path"),
)
LONGEST = 60  # characters of a value that a message shows


@cache
def catalogue() -> dict[str, Any]:
    """The definitions that come with the package: data sets, word vectors, methods and so on."""
    return {
        kind: read_yaml(CATALOGUE / f"{kind}.yaml")
        for kind in ("resources", "datasets", "embeddings", "methods", "cost_tables")
    }


def merge(base: Any, over: Any) -> Any:
    """Merge two nested mappings; where both have a value that is no mapping, `over` wins."""
    if isinstance(base, Mapping) and isinstance(over, Mapping):
        return {
            key: merge(base.get(key), over[key]) if key in over else base[key] for key in {**base, **over}
        }
    return over


def load_config(
    values: Mapping[str, Any],
    files: Iterable[str | Path] = (),
    command_line: Mapping[str, Any] | None = None,
) -> Config:
    """Check merged config `values` (as Snakemake holds them) against the model.

    Local paths in the result count from the working folder, or are absolute: in a file they count from
    that file, on the command line from the working folder.

    Args:
        values: the merged configuration.
        files: the files it came from, later ones over earlier ones.
        command_line: the values of `--config`, which are over those of the files.

    Raises:
        SpikeTextError: with one line for the first problem.
    """
    sources = Sources(values, files, command_line)
    if not isinstance(values, Mapping):
        raise SpikeTextError("the configuration must be a mapping of keys to values; see config/README.md")
    try:
        refuse_unfit_text(values)
        for pattern in LOCAL_PATHS:
            values = _change(values, pattern, lambda text, path: _from_here(text, sources.file_of(path)))
        define = values.get("define")
        if define is not None and not isinstance(define, Mapping):
            raise Mistake("must be a mapping", "define")
        config = Config.model_validate({**values, "define": merge(catalogue(), define or {})})
        _check_attacks(config)
        return config
    except ValidationError as error:
        raise SpikeTextError(_explain(error, sources)) from error
    except Mistake as error:
        raise SpikeTextError(_describe(str(error), error.path, sources)) from error


def _check_attacks(config: Config) -> None:
    """Whether there are such recipes, in their language, and what they need for the data sets is defined."""
    for language, key in LANGUAGES.items():
        names = config.attack.recipes(language)
        try:
            check_recipes(names, language)
        except SpikeTextError as error:
            raise Mistake(str(error), "attack", key) from error
        if any(config.define.datasets[name].language == language for name in config.datasets):
            for name in names:
                for resource in RECIPES[name].resources:
                    config.check_resource(resource, "attack", key)


def _change(
    values: Any, pattern: Sequence[str], change: Callable[[str, list[str]], str], path: tuple[str, ...] = ()
) -> Any:
    """`values` with `change(text, path)` in place of each text whose path is like `pattern`."""
    if not pattern:
        return change(values, list(path)) if isinstance(values, str) else values
    if isinstance(values, Mapping):
        return {
            key: _change(inner, pattern[1:], change, (*path, str(key))) if pattern[0] in ("*", key) else inner
            for key, inner in values.items()
        }
    if isinstance(values, list) and pattern[0] == "*":
        return [_change(inner, pattern[1:], change, (*path, str(i))) for i, inner in enumerate(values)]
    return values


def _from_here(text: str, file: Path | None) -> str:
    """The local path `text` of a config file (None: of the command line), as it is from the working folder.

    Paths below the working folder stay relative, so that a folder with data and results can be moved.
    """
    if not text or re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text):
        return text
    folder = file.parent if file else Path()
    path = os.path.abspath(folder / os.path.expanduser(text))  # noqa: PTH100, PTH111
    inside = os.path.relpath(path)
    return path if inside.startswith(("..", "-")) else inside


def _explain(error: ValidationError, sources: Sources) -> str:
    """The first problem in one line; a key that is mistyped comes before the one that is then missing."""
    errors = error.errors(include_url=False)
    first = min(errors, key=lambda one: one["type"] not in ("extra_forbidden", "invalid_key"))
    mistake = first.get("ctx", {}).get("error")
    path = [str(part) for part in first["loc"] if part != "[key]"]
    if first["type"] != "missing":
        path = sources.stated(path)  # pydantic adds the name of the alternative to `label: str | int`
    if isinstance(mistake, Mistake):
        path += mistake.path
    if first["type"] in ("extra_forbidden", "invalid_key"):
        return f"{sources.name(path)}: unknown key `{_dotted(path)}`; {_nearest(path)}"
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] in ("model_type", "dict_type", "mapping_type"):
        message = "must be a mapping of keys to values"
    if first["type"] not in ("value_error", "missing"):
        given = sources.spelling(path)
        message += f", not {_shown(first['input'] if given is None else given)}"
    if first["type"] == "string_type" and isinstance(first["input"], bool | int | float):
        message += "; put it in quotes"
    return _describe(message, path, sources)


def _describe(message: str, path: Sequence[str], sources: Sources) -> str:
    hint = "" if ";" in message else "; config/README.md describes the key"
    if not path:
        return f"config: {message}{hint}"
    return f"{sources.name(path)}: {_dotted(path)}: {message}{hint}"


def _dotted(path: Sequence[str]) -> str:
    return ".".join(part if len(part) <= LONGEST else f"{part[:LONGEST]}…" for part in path)


def _shown(value: Any) -> str:
    text = str(value)
    return f"'{text}'" if len(text) <= LONGEST else f"'{text[:LONGEST]}…'"


def _nearest(path: list[str]) -> str:
    """What is said after an unknown key."""
    wrong = re.sub(r"[\s-]", "_", path[-1].lower())
    near = difflib.get_close_matches(wrong, _keys_beside(path), n=1)
    return f"did you mean `{near[0]}`?" if near else "config/README.md lists the keys"


def _keys_beside(path: list[str]) -> list[str]:
    """Names of the keys that are known where `path` ends."""
    model: Any = Config
    for part in path[:-1]:
        if not _is_model(model):
            return []
        if part in model.model_fields:  # else it is a name in a mapping, or a place in a list
            model = _inner(model.model_fields[part].annotation)
    return list(model.model_fields) if _is_model(model) else []


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _inner(annotation: Any) -> Any:
    """The model inside `Model | None`, `list[Model]` or `dict[Name, Model]`."""
    if _is_model(annotation):
        return annotation
    if get_origin(annotation) in (list, dict, Union, UnionType):
        for argument in reversed(get_args(annotation)):
            found = _inner(argument)
            if _is_model(found):
                return found
    return annotation
