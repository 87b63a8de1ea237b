"""From config files to a checked `Config`, with errors that name the key, its file and the nearest key."""

from __future__ import annotations

import difflib
import logging
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, reduce
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from spiketext.config.attacks import LANGUAGES, check_recipes
from spiketext.config.dnns import with_dnn
from spiketext.config.files import Sources, read_yaml
from spiketext.config.objectives import LEXICONS
from spiketext.config.renamed import with_kinds
from spiketext.config.study import Config
from spiketext.config.types import Mistake, refuse_unfit_text
from spiketext.errors import SpikeTextError

LOG = logging.getLogger(__name__)
CATALOGUE = Path(__file__).parents[1] / "catalogue"
# Where local paths stand; `*` is any name, or any place in a list.
LOCAL_PATHS = (
    ("mirror",),
    ("define", "resources", "*", "path"),
    ("define", "datasets", "*", "files", "*", "path"),
    ("define", "datasets", "*", "unlabelled", "files", "*", "path"),
    ("define", "embeddings", "*", "sources", "*", "path"),
    ("define", "methods", "*", "network", "file"),
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
    """Merge two nested mappings; where both have a value that is no mapping, `over` wins.

    A section of another `kind` replaces the whole section: kinds have different keys.
    """
    if isinstance(base, Mapping) and isinstance(over, Mapping):
        if "kind" in base and over.get("kind", base["kind"]) != base["kind"]:
            return over
        return {
            key: merge(base.get(key), over[key]) if key in over else base[key] for key in {**base, **over}
        }
    return over


def _of_one_kind(values: Any, stated: Any) -> Any:
    """`values`, which Snakemake merged key by key, without keys of another kind than the section has.

    `stated` is what the same files and the command line make by `merge`.
    """
    if not (isinstance(values, Mapping) and isinstance(stated, Mapping)):
        return values
    kept = stated if "kind" in stated else values
    return {key: _of_one_kind(value, stated.get(key)) for key, value in values.items() if key in kept}


def load_config(
    values: Mapping[str, Any],
    files: Iterable[str | Path] = (),
    command_line: Mapping[str, Any] | None = None,
    say: Callable[[str], None] = LOG.warning,
) -> Config:
    """Check merged config `values` (as Snakemake holds them) against the model.

    Local paths in the result count from the working folder, or are absolute: in a file they count from
    that file, on the command line from the working folder.

    Args:
        values: the merged configuration.
        files: the files it came from, later ones over earlier ones.
        command_line: the values of `--config`, which are over those of the files.
        say: told, a line each, of keys of former versions, which are read as what says the same now.

    Raises:
        SpikeTextError: with one line for the first problem.
    """
    sources = Sources(values, files, command_line)
    if not isinstance(values, Mapping):
        raise SpikeTextError("the configuration must be a mapping of keys to values; see config/README.md")
    for line in sources.former:
        say(line)
    stated: Any = reduce(merge, sources.stated, {})
    # What was merged under two names would be sorted out in the wrong order.
    values = stated if sources.former else _of_one_kind(sources.values, stated)
    try:
        refuse_unfit_text(values)
        for pattern in LOCAL_PATHS:
            values = _change(values, pattern, lambda text, path: _from_here(text, sources.file_of(path)))
        define = values.get("define")
        if define is not None and not isinstance(define, Mapping):
            raise Mistake("must be a mapping", "define")
        define = merge(catalogue(), define or {})
        if sources.moved:
            define = {**define, "methods": with_kinds(define["methods"], sources.moved)}
        config = Config.model_validate({**values, "define": define})
        _check_dnns(config, (values.get("define") or {}).get("methods") or {})
        _check_trained(config)
        _check_attacks(config)
        return config
    except ValidationError as error:
        raise SpikeTextError(_explain(error, sources)) from error
    except Mistake as error:
        raise SpikeTextError(_describe(str(error), error.path, sources)) from error


def _check_dnns(config: Config, stated: Iterable[str]) -> None:
    """Whether the methods of the study, and those that the user defines, have DNNs that they can convert."""
    for name in dict.fromkeys([*map(str, stated), *config.classifiers]):
        try:
            with_dnn(name, config.define.methods)
        except ValueError as error:
            raise Mistake(str(error), "define", "methods") from error


def _check_trained(config: Config) -> None:
    """Whether thresholds that are to be trained are, and the synonyms are defined that a training reads."""
    for name, method in config.define.methods.items():
        if method.finetuning is None and method.conversion and method.conversion.neuron.least_threshold:
            said = "`neuron: {least_threshold: …}` has fine-tuning train thresholds: add `finetuning`"
            raise Mistake(said, "define", "methods", name)
    for name in config.classifiers:
        own = config.define.methods[name]
        if own.inputs.retrofitted and any(one.reads_unlabelled for one in own.objectives):
            said = "words of texts without a label are not retrofitted: remove `retrofitted`, or `unlabelled`"
            raise Mistake(said, "define", "methods", name, "inputs", "retrofitted")
        if own.needs_synonyms:
            for dataset in config.datasets:
                language = config.define.datasets[dataset].language
                if language is None:
                    raise Mistake(
                        f"`{name}` needs synonyms, and the data set `{dataset}` has no words",
                        "methods",
                    )
                lexicon = LEXICONS[language]
                config.check_resource(lexicon, "define", "methods", name)


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
                recipe = config.attack.recipe(name)
                for resource in recipe.resources:
                    if resource in recipe.supply and resource not in config.define.resources:
                        raise Mistake(
                            f"`{name}` needs what cannot be fetched; define the resource {resource} under "
                            f"define.resources, with {recipe.supply[resource]}",
                            *("attack", key),
                        )
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
    beside, kinds = _keys_beside(path), [str(_kind(model)) for model in _models_at(path)]
    path = sources.without_kinds(path)
    if first["type"] != "missing":
        path = sources.stated_part(path)  # pydantic adds the name of the alternative to `label: str | int`
    if isinstance(mistake, Mistake):
        path += mistake.path
    if first["type"] in ("extra_forbidden", "invalid_key"):
        return f"{sources.name(path)}: unknown key `{_dotted(path)}`; {_nearest(path[-1], beside)}"
    if first["type"] in ("union_tag_invalid", "union_tag_not_found"):
        return _describe(f"needs `kind`: one of {', '.join(kinds)}", path, sources)
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] in ("model_type", "dict_type", "mapping_type", "model_attributes_type"):
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


def _nearest(key: str, known: list[str]) -> str:
    """What is said after an unknown key."""
    near = difflib.get_close_matches(re.sub(r"[\s-]", "_", key.lower()), known, n=1)
    return f"did you mean `{near[0]}`?" if near else "config/README.md lists the keys"


def _keys_beside(path: list[str]) -> list[str]:
    """Names of the keys that are known where `path` ends."""
    return list(dict.fromkeys(key for model in _models_at(path[:-1]) for key in model.model_fields))


def _models_at(path: list[str]) -> list[type[BaseModel]]:
    """What may stand at `path`; a section's kind follows its name there."""
    models: list[type[BaseModel]] = [Config]
    for part in path:
        of_kind = [model for model in models if _kind(model) == part]
        fields = [model.model_fields[part] for model in models if part in model.model_fields]
        if of_kind:
            models = of_kind
        elif fields:  # else it is a name in a mapping, or a place in a list
            models = _models(fields[0].annotation)
    return models


def _kind(model: type[BaseModel]) -> object:
    return model.model_fields["kind"].default if "kind" in model.model_fields else None


def _models(annotation: Any) -> list[type[BaseModel]]:
    """The models inside `Model | None`, `list[Model]`, `dict[Name, Model]` or a union of kinds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models(argument)]
