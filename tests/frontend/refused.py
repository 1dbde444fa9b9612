"""Programs that are refused when they are compiled.

The comment `# ^ words` in a line marks it as the one that the error must name; the words are in the message.
"""

from __future__ import annotations

import collections
import dataclasses
import heapq
import json
import statistics

import numpy as np

REFUSED = []
COUNTS = {}
MIXED = [1, "text"]
TALLY = collections.defaultdict(float)


class Holder:
    pass


@dataclasses.dataclass(frozen=True)
class Frozen:
    rate: float = 1.0


FROZEN = Frozen()


def refused(*args, shown=True):
    """Register a program that is refused for arguments like these; `shown`: the marked text is underlined."""

    def add(f):
        REFUSED.append((f, args or (0.7,), shown))
        return f

    return add


@refused()
def a_handler_chosen_at_run_time(x):
    try:
        return x * x
    except ValueError if x > 0.5 else KeyError:  # ^ must be classes known when compiling
        return x


@refused()
def a_helper_that_writes_and_raises(x):
    y = np.zeros(2)

    def fill():
        y[0] = x
        y[1] = 1.0 / x

    try:
        fill()  # ^ changes what the handler may see before it may raise
    except ZeroDivisionError:
        y[1] = 2.0
    return y[0] * y[1]


@refused()
def break_in_finally(x):
    for _ in range(2):
        try:
            x = x * x
        finally:
            break  # ^ break and continue in a finally are not supported
    return x


@refused()
def raise_without_an_exception(x):
    if x > 3.0:
        raise  # ^ a bare 'raise' outside of a handler is not supported
    return x


@refused()
def an_exception_read_behind_its_handler(x):
    e = x
    try:
        y = 1.0 / x
    except ZeroDivisionError as e:
        y = x
        print(e)
    return y * e  # ^ 'e': an exception is forgotten where its handler ends


@refused()
def warnings_as_errors(x):
    try:
        with np.errstate(divide="raise"):  # ^ is not supported
            return x / 2.0
    except FloatingPointError:
        return x


@refused()
def a_file(x):
    with open("/dev/null"):  # ^ is not supported
        return x * x


@refused(0.7, 2)
def a_match(x, n):
    match n:  # ^ is not supported
        case 1:
            return x
    return x * x


@refused()
def a_generator_function(x):
    def parts():  # ^ 'parts' is a generator
        yield x
        yield x * x

    return sum(parts())


@refused()
def a_coroutine(x):
    async def part():  # ^ is not supported
        return x

    return x


@refused()
def an_array_written_to_after_it_was_stored_outside(x):
    y = np.array([x, 2.0])
    COUNTS["y"] = y
    y[0] = 1.0  # ^ 'y' may not be written to here
    return y[1] * x


@refused()
def an_array_stored_outside_and_written_to_in_the_next_trip(x):
    y = np.array([x, 2.0])
    for _ in range(3):
        y[1] = x  # ^ 'y' may not be written to
        COUNTS["y"] = y
        COUNTS["y"] = None
    return y[1] * x


@refused()
def an_item_of_a_defaultdict(x):
    TALLY["a"] = x  # ^ an item of a defaultdict cannot be assigned
    return x


@refused()
def a_read_of_a_defaultdict(x):
    return x * TALLY["b"]  # ^ reading an item of a defaultdict is not supported


@refused()
def a_recursive_function_that_writes_outside(x):
    def power(n):
        COUNTS["calls"] = n  # ^ a write to memory outside of the function is not supported here
        return 1.0 if n == 0 else x * power(n - 1)

    return power(3)


@refused()
def an_object_with_attributes_of_its_own_kind(x):
    FROZEN.rate = x  # ^ what assigning to the attribute 'rate' of a Frozen does is not understood
    return x


@refused()
def a_list_outside_that_is_read_and_has_several_kinds(x):
    MIXED.append(x)
    return x * MIXED[0]  # ^ 'MIXED' grows, and is read too


@refused()
def an_instance_stored_outside(x):
    COUNTS["made"] = Holder()  # ^ storing an object made here outside of the function is not supported
    return x


@refused()
def a_global_bound_by_def(x):
    global made

    def made(y):  # ^ a statement that binds 'made', which is declared global or nonlocal
        return y * x

    return x


@refused()
def a_library_function(x):
    return sum(heapq.nlargest(2, [x, x * x, 1.0]))  # ^ there is no rule for heapq.nlargest


@refused()
def another_library_function(x):
    return statistics.fmean([x, x * x])  # ^ there is no rule for statistics.fmean


@refused()
def a_library_class(x):
    d = collections.OrderedDict(a=x)  # ^ there is no rule for collections.OrderedDict
    return d["a"]


@refused()
def text_that_is_code(x):
    return eval("x * x")  # ^ there is no rule for eval


@refused()
def json_of_a_number(x):
    return x * len(json.dumps(1.0))  # ^ there is no rule for json.dumps


@refused()
def names_by_text(x):
    return locals()["x"] * x  # ^ there is no rule for locals


@refused(0.7, 3)
def none_or_a_number(x, n):
    y = None
    if n > 2:
        y = x * x
    return y + x if y is not None else x  # ^ 'y': it is a


@refused(0.7, 3)
def number_or_text(x, n):
    y = "none" if n > 2 else x
    return y * x  # ^ on one path and


@refused()
def deleted(x):
    y = x * x
    del y
    return y  # ^ 'y': it was deleted


@refused()
def used_before_it_is_bound(x):
    z = y * x  # ^ 'y' is used before it is assigned
    y = x
    return z + y


@refused()
def an_unknown_name(x):
    return x * factor_of_nothing  # ^ name 'factor_of_nothing' is not defined


@refused()
def too_many_values(x):
    a, b = x, x, x  # ^ 3 values are unpacked into 2 names
    return a * b


@refused()
def wrong_arguments(x):
    def f(a, b):
        return a * b

    return f(x)  # ^ f() is missing the argument 'b'


@refused(0.7, 3)
def a_dict_key_known_at_run_time(x, n):
    d = {1: x, 3: x * x}
    return d[n]  # ^ a dict key must be known when compiling


@refused(0.7, 3)
def a_set_known_at_run_time(x, n):
    return x * len({n, 3})  # ^ a set of values that show only at run time


@refused(np.array([0.3, 0.1]), 1)
def writes_that_another_may_see(x, n):
    y = x * 2.0
    z = y
    for _ in range(n):
        z[0] = 1.0  # ^ shows only at run time
        z = z * 2.0 if z[1] > 0.5 else y
    return y[0] * z[0]


@refused(np.array([0.3, 0.1]), 3)
def two_names_for_what_a_loop_makes(x, n):
    u, v = x * 1.0, x * 2.0
    for _ in range(n):
        v = v * x[1]
        u = v
    u[0] = 5.0  # ^ shows only at run time
    return v[0] * x[1]


@refused(np.array([0.3, 0.1]), 3)
def buffers_swapped_while_a_list_holds_them(x, n):
    xs = []
    u, v = x * 1.0, x * 2.0
    for _ in range(n):
        u[0] = u[0] * x[1]  # ^ was put into a list
        xs.append(u)
        u, v = v, u
    return sum(w[0] for w in xs)


@refused(np.array([0.3, 0.1]))
def sorting_with_a_key(x):
    return max(x, key=lambda v: -v)  # ^ max() with key= is not supported


@refused(np.array([0.3, 0.1]))
def sorted_at_run_time(x):
    return sorted(x)[0]  # ^ sorted() of values that show only at run time


@refused()
def kleine_Größe(größe):
    straße = größe * 2.0
    return straße + heapq.nsmallest(1, [größe])[0]  # ^ there is no rule for heapq.nsmallest


@refused()
def an_import_of_everything(x):
    def f(v):
        import numpy.lib.scimath as sm

        return sm.sqrt(v)  # ^ there is no rule for

    return f(x)


@refused()
def a_chosen_function(x):
    f = abs
    if x > 0:
        f = np.sin
    return f(x)  # ^ 'f': it is a


@refused(0.7, 3)
def a_list_changed_while_it_is_looped_over(x, n):
    p = [x]
    for k in range(n):
        p.append(x * k)
    for v in p:  # ^ a list is changed while a loop goes over it
        p.append(v)
        if len(p) > 5:
            break
    return sum(p)


def deep(v):
    return heapq.nlargest(1, [v])[0]  # ^ there is no rule for heapq.nlargest


@refused()
def in_a_helper(x):
    return x * deep(x)


@refused()
def set_comprehension(x):
    return x * len({k * x for k in range(3)})  # ^ is not supported
