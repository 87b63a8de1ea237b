"""Progress with remaining time, for a terminal and for a log alike."""

import logging
import time

log = logging.getLogger("spiketext")


class Progress:
    """Logs a line with the share done and the remaining time, at most every few seconds."""

    def __init__(self, what: str, total: int, done: int = 0, every: float = 10.0) -> None:
        """`done` of `total` units were finished by an earlier run."""
        self.what, self.total, self.every = what, total, every
        self.done = self.done_before = done
        self.began = self.last = time.monotonic()

    def advance(self, units: int = 1, note: str = "") -> None:
        """Count finished units and log if it is time."""
        self.done += units
        now = time.monotonic()
        if now - self.last < self.every and self.done < self.total:
            return
        if self.done >= self.total and now - self.began < self.every:
            return
        self.last = now
        pace = (now - self.began) / max(1, self.done - self.done_before)
        left = pace * (self.total - self.done)
        suffix = f", {note}" if note else ""
        log.info(
            "%s: %d of %d (%.0f %%), about %s left%s",
            self.what, self.done, self.total, 100 * self.done / self.total, duration(left), suffix,
        )  # fmt: skip


def duration(seconds: float) -> str:
    """Seconds as people say them: `48 s`, `3 min 5 s`, `2 h 10 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
