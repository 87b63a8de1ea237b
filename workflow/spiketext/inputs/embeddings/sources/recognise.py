"""What a file is that should hold word vectors and does not."""

import re

# Beginnings that no file of word vectors has.
_ALWAYS = (
    (rb"version https://git-lfs", "a Git LFS pointer, which only names the file; run `git lfs pull`"),
    (rb"\s*<(!doctype|html|head|body|\?xml)\b", "a web page; download the file itself"),
    (rb"PK\x03\x04|7z\xbc\xaf|Rar!\x1a|BZh[1-9]1AY|\xfd7zXZ|\x28\xb5\x2f\xfd", "an archive; unpack it"),
    (rb"\x1f\x8b", "a file that is packed twice; unpack it"),
    (rb".{257}ustar", "a tar archive; unpack it"),
    (rb"\xff\xfe|\xfe\xff", "text in UTF-16; save it as UTF-8"),
    (rb"\x80[\x02-\x05]", "a pickle; save its vectors in the text form of word2vec"),
    (
        rb"\x93NUMPY|\x89HDF|PAR1[\0-\x1f]|.{6}\0\0\{|SQLite format",
        "data of another kind; save them as text",
    ),
    (rb"%PDF-", "a PDF document; supply the file of vectors"),
)
# These a word may begin with, as in `1,000`.
_IF_UNREADABLE = (
    (rb"\s*(\{|\[\s*[\[{\"])", "JSON; write a word and its values on each line"),
    (rb"([^\n]*\n)?[^\n,;]*[,;]\s*\"?[-+.\d]", "a table with commas; put blanks or tabs between the values"),
)


def recognise(start: bytes, *, readable: bool) -> str | None:
    """What the first bytes of a file say that it is, and what to do; None: nothing that is known.

    Args:
        start: the first bytes.
        readable: they can be read as words with vectors, so only what cannot be chance counts.
    """
    for pattern, name in _ALWAYS if readable else (*_ALWAYS, *_IF_UNREADABLE):
        if re.match(pattern, start[:1024], re.IGNORECASE | re.DOTALL):
            return name
    return None
