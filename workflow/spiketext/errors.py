"""The one error type that users are meant to read."""


def printable(text: str) -> str:
    """`text` as one line without control characters: names and file contents may hold escape sequences."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


class SpikeTextError(Exception):
    """A problem that the user can solve; its text is one line: what, where, what to do."""

    def __init__(self, message: str) -> None:
        """Line breaks and control characters, which names and file contents may bring in, become spaces."""
        super().__init__(printable(message))
