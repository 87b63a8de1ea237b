"""Mistakes made on purpose, to see whether the tests notice; no part of the package."""
