from ..ir.core import Function


def respell(function: Function) -> None:
    pass
