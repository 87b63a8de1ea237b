"""Types that all parts of the configuration share."""

import codecs
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints


def _known_encoding(name: str) -> str:
    try:
        codecs.lookup(name)
    except (LookupError, ValueError) as error:
        raise ValueError(f"`{name}` is no character encoding that Python knows") from error
    return name


# Names become folder names and wildcards, so nothing else may stand in them.
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
ClassName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
# Snakemake reads braces in paths as wildcards, and log lines end at line breaks.
Folder = Annotated[str, StringConstraints(pattern=r"""^[^{}"'\x00-\x1f]+$""")]
Encoding = Annotated[str, AfterValidator(_known_encoding)]
LocalPath = Annotated[str, AfterValidator(lambda path: str(Path(path).expanduser()))]
Fraction = Annotated[float, Field(gt=0, lt=1)]
Steps = Annotated[int, Field(ge=1, le=1024)]


class Strict(BaseModel):
    """Base of every section: unknown keys are refused, values are immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
