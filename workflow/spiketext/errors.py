"""The one error type that users are meant to read."""


class SpikeTextError(Exception):
    """A problem that the user can solve; its text is one line: what, where, what to do."""

    def __init__(self, message: str) -> None:
        """Line breaks, which names and file contents may bring in, become spaces."""
        super().__init__(" ".join(message.split()))
