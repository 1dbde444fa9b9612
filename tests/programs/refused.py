"""Programs that no reading of the source can follow; the compiler must say so, and where."""

import heapq

from .registry import program


@program((1.5,), refused=True, why="the program is in a string")
def text_evaluated(x):
    return eval("x * x")


@program((1.5,), refused=True, why="a library function without a rule")
def library_function_without_a_rule(x):
    return sum(heapq.nlargest(2, [x, x * x, 1.0]))


@program((1.5,), refused=True, why="names that come and go by name")
def names_by_text(x):
    y = x * x
    return locals()["y"]
