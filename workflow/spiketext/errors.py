"""The one error type that users are meant to read."""


class SpikeTextError(Exception):
    """A problem that the user can solve; its text is one line: what, where, what to do."""
