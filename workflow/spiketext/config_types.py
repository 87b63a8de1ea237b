"""Types that all parts of the configuration share."""

import codecs
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

# Codecs of names and of program text, which no file of texts is written in.
_NO_FILE = ("idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape")


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


# Names become folder names and wildcards, so nothing else may stand in them.
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
ClassName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
# Snakemake reads braces in paths as wildcards, and log lines end at line breaks.
Folder = Annotated[str, StringConstraints(pattern=r"""^[^{}"'\x00-\x1f]+$""")]
Encoding = Annotated[str, AfterValidator(_known_encoding)]
# Text that users often write as a number: `classes: [0, 1]`, `where: {fold: 1}`.
as_written = BeforeValidator(_as_written, json_schema_input_type=str | int | float)
Written = Annotated[str, as_written]
LocalPath = Annotated[str, AfterValidator(lambda path: str(Path(path).expanduser()))]
Fraction = Annotated[float, Field(gt=0, lt=1)]
Steps = Annotated[int, Field(ge=1, le=1024)]


class Strict(BaseModel):
    """Base of every section: unknown keys are refused, values are immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
