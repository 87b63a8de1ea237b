"""Texts as they stand in files, and the characters that they mean: in a study, and in use."""

import html
import re
from html.entities import html5

# Complete ones only: `&copy` without its semicolon is text.
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
# Halves of characters, as JSON may hold them; no file can.
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED_SPACE = re.compile(r"\\[nrt]")


def plain(text: str) -> str:
    """A text with what HTML entities, `\\n`, `\\t` and `\\r` stand for, its white space normalised."""
    return " ".join(decoded(text).split())


def decoded(text: str) -> str:
    """Likewise, with its white space as it is."""
    if "&" in text:
        text = _ENTITY.sub(_character, text)
    if "\\" in text:
        text = _ESCAPED_SPACE.sub(" ", text)
    return _SURROGATE.sub("\ufffd", text)


def _character(entity: re.Match[str]) -> str:
    known = entity[0][1] == "#" or entity[0][1:] in html5
    return html.unescape(entity[0]) if known else entity[0]
