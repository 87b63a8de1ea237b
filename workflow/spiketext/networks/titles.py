"""What populations and layers are called in tables and figures.

Networks name them as they shall be shown; here is what is shown otherwise. No training imports this module,
so that a title can change without one.
"""

TITLES = {"readout": "read-out"}


def title(name: str) -> str:
    """The name to show for a population or a layer."""
    return TITLES.get(name, name)
