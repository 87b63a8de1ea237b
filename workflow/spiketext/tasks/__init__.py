"""Tasks: what a data set's `target` asks for, `classes` or a `value`; each is a module of its own."""

from spiketext.tasks.base import Task
from spiketext.tasks.classes import Classes
from spiketext.tasks.value import Value

TASKS: dict[str, type[Task]] = {"classes": Classes, "value": Value}


def make_task(target: str, classes: int, metric: str = "accuracy") -> Task:
    """The task of data sets with this target; arguments as of `Task`."""
    return TASKS[target](metric, classes)
