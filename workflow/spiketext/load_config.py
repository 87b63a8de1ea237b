"""From config files to a checked `Config`, with errors that name the key, its file and the nearest key."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

from spiketext.config import Config
from spiketext.errors import SpikeTextError

CATALOGUE = Path(__file__).parent / "catalogue"


def read_yaml(path: str | Path) -> Any:
    """Read one YAML file safely.

    Raises:
        SpikeTextError: missing, undecodable or malformed.
    """
    try:
        return yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SpikeTextError(f"{path}: cannot be read: {error}; check the path") from error
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", -1) + 1
        problem = getattr(error, "problem", None) or "malformed"
        raise SpikeTextError(f"{path}, line {line}: not valid YAML ({problem}); mend that line") from error


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


def load_config(values: Mapping[str, Any], files: Iterable[str | Path] = ()) -> Config:
    """Check merged config `values` (as Snakemake holds them) against the model.

    Args:
        values: the merged configuration.
        files: the files it came from, in order; only used to say where a wrong key stands.

    Raises:
        SpikeTextError: with one line for the first problem.
    """
    if not isinstance(values, Mapping):
        raise SpikeTextError("the configuration must be a mapping of keys to values; see config/README.md")
    define = values.get("define") or {}
    if not isinstance(define, Mapping):
        raise SpikeTextError("config key define: must be a mapping; see config/README.md")
    merged = {**values, "define": merge(catalogue(), define)}
    try:
        return Config.model_validate(merged)
    except ValidationError as error:
        raise SpikeTextError(_explain(error, list(files))) from error


def _explain(error: ValidationError, files: list[str | Path]) -> str:
    first = error.errors()[0]
    path = [str(part) for part in first["loc"] if part != "[key]"]
    where = ".".join(path)
    source = _file_of(path, files)
    if first["type"] == "extra_forbidden":
        near = difflib.get_close_matches(path[-1], _keys_beside(path), n=1)
        hint = f"did you mean `{near[0]}`?" if near else "config/README.md lists the keys"
        return f"{source}: unknown key `{where}`; {hint}"
    message = first["msg"].removeprefix("Value error, ")
    given = "" if first["type"] in ("value_error", "missing") else f", not {str(first['input'])[:60]!r}"
    return f"{source}: {where or 'config'}: {message}{given}; config/README.md describes the key"


def _file_of(path: list[str], files: list[str | Path]) -> str:
    """The last file that has the key; else it came from the command line."""
    for file in reversed(files):
        try:
            values = read_yaml(file)
        except SpikeTextError:
            continue
        for part in path:
            if isinstance(values, Mapping) and part in values:
                values = values[part]
            elif isinstance(values, list) and part.isdigit() and int(part) < len(values):
                values = values[int(part)]
            else:
                break
        else:
            return str(file)
    return "config" if not path or not files else "--config"


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
