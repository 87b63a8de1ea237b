"""Attacks that know the network: its weights, its draws and a derivative of its spikes.

Each kind of attack is a module of its own with a class `Attack` (`base.py`), found by its name.
"""
