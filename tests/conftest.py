"""Settings of all tests."""

from hypothesis import settings

# How long an example takes depends on what else the machine does; it says nothing about the code.
settings.register_profile("spiketext", deadline=None)
settings.load_profile("spiketext")
