"""Settings of all tests, and the count of inputs that fuzz tests have tried."""

import pytest
from hypothesis import settings

# How long an example takes depends on what else the machine does; it says nothing about the code.
settings.register_profile("spiketext", deadline=None)
settings.load_profile("spiketext")


def pytest_make_parametrize_id(config, val, argname):
    """Files as parameters are named by their length: archives hold the time, and workers need one name."""
    return f"{argname}{len(val)}" if isinstance(val, bytes) else None


class Tried:
    """Counts inputs; a fuzz test calls it once for each."""

    def __init__(self):
        self.count = 0

    def __call__(self):
        self.count += 1


TRIED = Tried()


@pytest.fixture(scope="session")  # hypothesis runs many examples within one test
def tried():
    """A function that a fuzz test calls for every input that it tries."""
    return TRIED


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item):
    """Put the test's count into its report, which also reaches the main process of pytest-xdist."""
    if TRIED.count:
        item.user_properties.append(("tried", TRIED.count))
        TRIED.count = 0


def pytest_terminal_summary(terminalreporter):
    """One line: how many inputs all fuzz tests have tried."""
    counts = [
        number
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "teardown"
        for name, number in report.user_properties
        if name == "tried"
    ]
    if counts:
        terminalreporter.write_line(f"fuzzing: {sum(counts):,} inputs in {len(counts)} tests")
