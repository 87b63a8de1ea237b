"""Whose DNN a method converts, is compared with, or begins with."""

from collections.abc import Mapping

from spiketext.config.methods import SHARED, Method, check_conversion
from spiketext.config.types import Mistake


def check_start(name: str, methods: Mapping[str, Method]) -> None:
    """Whether the training of one of the `methods` can begin with the DNN that it says.

    Raises:
        Mistake: that method trains no such DNN, or none is said where one has to be.
    """
    own = methods[name]
    start = own.start
    if start is None:
        if own.network.continues and own.dnn is None:
            raise Mistake(
                f"`kind: {own.network.kind}` with `levels` goes on from a trained one without: add "
                "`training: {start: METHOD}`",
                *("define", "methods", name),
            )
        return
    other, place = methods[start], ("define", "methods", name, "training", "start")
    if other.dense is None:
        raise Mistake(f"`{start}` trains no DNN of its own: name a method that does", *place)
    alike = {"dropout": None}
    one, two = (method.network.unrounded().model_copy(update=alike) for method in (own, other))
    if (one, own.inputs) != (two, other.inputs):
        raise Mistake(
            f"`{start}` has another network or other inputs: they may differ in `dropout` and in how values "
            "are rounded",
            *place,
        )


def dnn_owner(name: str, methods: Mapping[str, Method]) -> str | None:
    """The method whose DNN one of the `methods` converts or is compared with; None if there is none."""
    method = methods[name]
    if method.dnn is not None or "dnn" in method.stages:
        return method.dnn or name
    return next((other for other, one in methods.items() if "dnn" in one.stages), None)


def share_dnns(methods: dict[str, Method]) -> dict[str, Method]:
    """Give what `SHARED` names, of the method that `dnn` names, to those that convert its DNN.

    Methods for which this is not possible are left as they are: a study may not use them.
    """

    def shared(name: str) -> Method:
        try:
            return with_dnn(name, methods)
        except ValueError:
            return methods[name]

    return {name: shared(name) for name in methods}


def with_dnn(name: str, methods: Mapping[str, Method]) -> Method:
    """The method, with network and training of the one whose DNN it converts.

    Raises:
        ValueError: `dnn` names no method that trains a DNN which can be converted.
    """
    method = methods[name]
    if method.dnn is None:
        return method
    where = f"method `{name}`, `dnn: {method.dnn}`:"
    if method.dnn not in methods:
        raise ValueError(f"{where} there is no such method; there are {', '.join(sorted(methods))}")
    if method.dnn == name:
        raise ValueError(f"{where} a method's own DNN is what it has without `dnn`")
    source = methods[method.dnn]
    if method.direct is not None:
        if "dnn" not in source.stages:
            raise ValueError(f"{where} that method trains no DNN to compare with; name one that does")
        return method
    if source.dnn is not None:
        raise ValueError(f"{where} that method trains no DNN either; name `{source.dnn}` itself")
    if method.conversion is not None:
        try:
            check_conversion(method.conversion, source.network, source.inputs)
        except ValueError as error:
            raise ValueError(f"{where} {error}") from None
    return method.model_copy(update={section: getattr(source, section) for section in SHARED})
