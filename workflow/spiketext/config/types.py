"""Types that all parts of the configuration share."""

import codecs
import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

# Codecs of names and of program text, which no file of texts is written in.
_NO_FILE = ("idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape")

LONGEST_NAME = 200  # bytes of a folder's name; systems allow 255
DEEPEST = 32  # levels of a configuration; ours has eight


class Mistake(ValueError):
    """A mistake that shows only where parts are seen together, with the place of the part that is wrong."""

    def __init__(self, message: str, *path: str):
        """`path`: keys and places in lists, from the section that is checked to the value that is wrong."""
        super().__init__(message)
        self.path = path


def refuse_unfit_text(value: Any, path: tuple[str, ...] = ()) -> None:
    """Refuse texts, keys among them, that would do harm where they are shown, and what is no plain value.

    Snakemake writes the parameters of jobs into a script of its own report without escaping them, so what
    HTML could take for a tag ends that script; control characters reach the terminal.

    Raises:
        Mistake: with the place of the first such text.
    """
    if len(path) > DEEPEST:
        raise Mistake("nested too deeply for a configuration; remove levels", *path[:3])
    if isinstance(value, Mapping):
        for key, inner in value.items():
            refuse_unfit_text(key, path)
            refuse_unfit_text(inner, (*path, str(key)))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            refuse_unfit_text(inner, (*path, str(place)))
    elif isinstance(value, str):
        if re.search(r"<[A-Za-z/!?]", value):
            raise Mistake("text must not look like HTML; put a space after `<`", *path)
        if any(unicodedata.category(char) in ("Cc", "Cs") and char not in "\t\n" for char in value):
            raise Mistake("text must hold no control characters; remove them", *path)
    elif isinstance(value, date):
        raise Mistake("this is read as a date; put it in quotes", *path)
    elif value is not None and not isinstance(value, (bool, int, float)):
        raise Mistake("must be text, a number, a list or a mapping; put it in quotes", *path)


def _known_encoding(name: str) -> str:
    try:
        codec = codecs.lookup(name)
    except (LookupError, ValueError) as error:
        raise ValueError(f"`{name}` is no character encoding that Python knows") from error
    if not codec._is_text_encoding or codec.name.replace("_", "-") in _NO_FILE:
        raise ValueError(f"`{name}` is no character encoding of text files, such as utf-8 or gb18030")
    return name


def _as_written(value: Any) -> Any:
    """A number becomes the text that it was in YAML; of other values, that cannot be told any more."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, list | dict):
        raise ValueError("must be one value, not several")
    read_as = {True: "true", False: "false", None: "empty"}.get(value, f"{value}")
    raise ValueError(f"put it in quotes: YAML reads it as {read_as} (yes, no, on, off, dates, null likewise)")


def _harmless_folder(folder: str) -> str:
    """Refuse what a shell or Snakemake would make something else of; the name without `./` and `//`."""
    strange = {
        char for char in folder if char not in " ._-+/@,=%" and unicodedata.category(char)[0] not in "LMN"
    }
    if strange:
        found = " ".join(map(repr, sorted(strange)))
        raise ValueError(f"must not hold {found}; letters, digits, blanks and ._-+/@,=% are fine")
    if any(len(part.encode()) > LONGEST_NAME for part in folder.split("/")):
        raise ValueError(f"the name of a folder must not be longer than {LONGEST_NAME} bytes")
    if folder != folder.strip() or folder.startswith("-") or not folder:
        raise ValueError("must not be empty, and must neither start with - or a blank nor end with a blank")
    return str(Path(folder))


def _harmless_path(path: str) -> str:
    """Refuse names that jobs cannot read: braces are wildcards, a cluster's shell reads the others."""
    strange = sorted(set(path) & set("{}$`\\\n\t"))
    if strange:
        found = " ".join(map(repr, strange))
        raise ValueError(f"a path must not hold {found}; rename the file or its folder")
    return path


# Names become folder names and wildcards, so nothing else may stand in them.
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
ClassName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Folder = Annotated[str, AfterValidator(_harmless_folder)]
Encoding = Annotated[str, AfterValidator(_known_encoding)]
# Text that users often write as a number: `classes: [0, 1]`, `where: {fold: 1}`.
as_written = BeforeValidator(_as_written, json_schema_input_type=str | int | float)
Written = Annotated[str, as_written]
LocalPath = Annotated[str, AfterValidator(_harmless_path)]
Fraction = Annotated[float, Field(gt=0, lt=1)]
Steps = Annotated[int, Field(ge=1, le=1024)]
Metric = Literal["accuracy", "macro-f1"]


class Strict(BaseModel):
    """Base of every section: unknown keys are refused, values are immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _no_truth_for_a_number(cls, values: Any) -> Any:
        """Refuse `yes` where a number belongs: pydantic would take it for 1."""
        for name, field in cls.model_fields.items():
            value = values.get(name) if isinstance(values, Mapping) else None
            parts = (
                value.values()
                if isinstance(value, Mapping)
                else value
                if isinstance(value, list)
                else [value]
            )
            if any(isinstance(part, bool) for part in parts):
                types = set(_plain_types(field.annotation))
                if types & {int, float} and not types & {bool, str}:
                    raise Mistake("must be a number; to YAML, yes, no, on and off are true and false", name)
        return values


def _plain_types(annotation: Any) -> Iterator[Any]:
    """The types within an annotation; of a mapping, those of its values."""
    inner = get_args(annotation)
    if not inner:
        yield annotation
    for each in inner[1:] if get_origin(annotation) is dict else inner:
        yield from _plain_types(each)
