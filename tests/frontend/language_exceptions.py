"""`try`, `raise` and `with`: small programs, each compared with itself run by Python."""

from __future__ import annotations

import contextlib
import math

import numpy as np

from sourcead import custom_jvp, grad

from .language import case

SHORT = np.array([0.7, -0.3, 1.2])
LONG = np.array([0.7, -0.3, 1.2, 0.4, 1.5, -0.8, 0.9, 0.2, 1.1])
SETTINGS = {"a": 1.0}


class Odd(Exception):
    def __init__(self, size):
        super().__init__(f"odd: {size}")


class Special(Odd):
    pass


# -- which handler -----------------------------------------------------------------------------------


@case((SHORT, 2.0), (LONG, 2.0))
def a_bare_except(x, k):
    try:
        y = x[7] * k
    except:  # noqa: E722
        y = x[0] / k
    return float(y)


@case((SHORT, 2), (LONG, 2), (LONG, 0))
def except_exception(x, k):
    try:
        y = x[7] * (1.0 / k)
    except Exception:
        y = x[0] * 5.0
    return float(y)


@case((0.7, 0), (0.7, 2), (-0.7, 2))
def the_first_that_matches(x, k):
    try:
        y = math.log(x) / k
    except ZeroDivisionError:
        y = x * 2.0
    except ArithmeticError:
        y = x * 3.0
    except (ValueError, KeyError):
        y = x * 4.0
    return y


@case((0.7,), (2.5,), (3.5,))
def a_derived_class_first(x):
    try:
        if x > 3.0:
            raise Special(3)
        if x > 2.0:
            raise Odd(2)
        y = x * x
    except Special as e:
        y = x * 2.0
        print(e)
    except Odd as e:
        print("odd", e)
        y = x * 3.0
    return y


@case((SHORT, [3]), (LONG, [3]))
def classes_from_a_tuple_variable(x, k):
    kinds = (IndexError, KeyError)
    try:
        y = x[k[0]]
    except kinds:
        y = x[1] * 2.0
    return float(y)


# -- known when compiling ------------------------------------------------------------------------------


@case()
def index_of_a_tuple(x):
    t = (x, 2.0 * x)
    try:
        y = t[3]
    except IndexError:
        y = t[1] * x
    return y


@case()
def a_key_of_a_global(x):
    try:
        y = x * SETTINGS["none"]
    except KeyError:
        y = x * SETTINGS["a"] * 3.0
    return y


@case()
def text_that_is_no_number(x):
    try:
        k = int("abc")
    except ValueError:
        k = 4
    return x * k


@case()
def too_few_to_unpack(x):
    try:
        a, b, c = (x, 2.0 * x)
    except ValueError:
        a = b = c = x
    return a * b * c


@case()
def division_by_a_constant_zero(x):
    k = 0
    try:
        y = x / k
    except ZeroDivisionError:
        y = x * 3.0
    return y


@case()
def nothing_raises(x):
    try:
        y = x * 2.0
    except ValueError:
        y = x
    else:
        y = y * x
    finally:
        z = 3.0
    return y * z


# -- what the handler sees -----------------------------------------------------------------------------


@case((SHORT,), (LONG[:6],), (LONG,))
def a_counter_of_progress(x):
    step = 0
    try:
        step = 1
        y = x[5] * 2.0
        step = 2
        z = x[8] * y
        step = 3
    except IndexError:
        z = x[0] * step
    return float(z * step)


@case((0.7,), (-0.7,))
def assigned_before_it_raises(x):
    y = x
    try:
        y = 2.0 * x
        z = math.log(x)
        y = y * z
    except ValueError:
        y = y * 5.0
    return y


@case((0.7,), (-0.7,))
def appended_before_it_raises(x):
    items = [x, 2.0 * x]
    try:
        items.append(x * x)
        items.append(math.sqrt(x))
    except ValueError:
        items.append(1.0)
    return sum(items) * len(items)


@case((SHORT,), (LONG,))
def a_growing_list(x):
    out = []
    try:
        for i in range(6):
            out.append(x[i] * 2.0)
    except IndexError:
        out.append(x[0])
    s = 0.0
    for v in out:
        s = s * 0.5 + v * v
    return float(s)


@case((0.7,), (4.0,))
def an_attribute_written(x):
    box = type_of_box(x)
    try:
        box.value = box.value * 2.0
        box.value = math.log(box.value - 5.0)
    except ValueError:
        box.value = box.value * 3.0
    return box.value * box.value


class Box:
    def __init__(self, value):
        self.value = value


def type_of_box(x):
    return Box(x)


@case((SHORT,), (LONG,))
def a_row_that_is_not_there(x):
    m = x.reshape(3, -1)
    try:
        row = m[0, 2:] * m[2, 2]
    except IndexError:
        row = m[2]
    return float(np.sum(row * row))


# -- jumps -------------------------------------------------------------------------------------------


@case((SHORT, 5), (SHORT * 4.0, 5), (SHORT * 0.1, 2))
def return_in_a_loop(x, n):
    try:
        for i in range(n):
            if x[i] > 1.0:
                return float(x[i] * 2.0)
    except IndexError:
        return float(x[1])
    return float(x[0])


@case((SHORT,), (LONG,))
def break_where_it_raises(x):
    s, i = 0.0, 0
    while True:
        try:
            s = s + x[i] ** 2
        except IndexError:
            break
        i += 1
    return float(s) * i


@case((SHORT,), (LONG,))
def loops_with_else(x):
    out = 1.0
    for i in [0, 5, 1]:
        for j in [0, 1]:
            try:
                out = out + x[i + j] * x[j]
            except IndexError:
                out = out * 2.0
                break
        else:
            out = out + 1.0
    return float(out)


@case((0.6,), (1.6,))
def finally_around_continue(x):
    y = x
    for i in range(3):
        try:
            if x > i:
                continue
            y = x * (i + 1)
            break
        finally:
            x = x + 0.25
    else:
        y = x
    return y * x


@case()
def return_in_finally(x):
    try:
        y = x * 2.0
    finally:
        return y * 3.0


@case((0.7,), (-0.7,))
def finally_prints(x):
    try:
        print("try")
        y = math.sqrt(x)
    except ValueError as e:
        print("except", e)
        y = -x
    else:
        print("else")
    finally:
        print("finally")
    return y


@case((SHORT,), (LONG,))
def finally_before_an_outer_handler(x):
    z = 1.0
    try:
        try:
            y = x[7]
        finally:
            z = x[1] * 2.0
    except IndexError:
        y = z * 3.0
    return float(y + z)


@case((0.7,), (-0.7,))
def raised_in_a_handler(x):
    y = x
    try:
        try:
            raise ValueError("first")
        except ValueError:
            y = x * 2.0
            y = y + math.sqrt(x)
            raise KeyError("second")
    except KeyError:
        y = y * x
    except ValueError:
        y = y * 3.0
    return y


# -- helpers -----------------------------------------------------------------------------------------


def root(x):
    try:
        return math.sqrt(x)
    except ValueError:
        return -2.0 * x


@case((0.7,), (1.6,))
def a_helper_that_catches(x):
    return root(x) + root(x - 1.0) * root(2.0 * x)


def part(x, n):
    if n == 0:
        if x > 3.0:
            raise Odd(n)
        return x * x
    return part(x * 1.5, n - 1)


@case((0.7, 2), (1.9, 2))
def a_recursive_helper_that_raises(x, n):
    try:
        y = part(x, n)
    except Odd:
        y = 3.0 * x
    return y


@case((SHORT,))
def a_closure_in_a_comprehension(x):
    def safe(i):
        try:
            return x[i]
        except IndexError:
            return x[0] * 10.0

    return float(sum([safe(i) for i in range(5)]))


@case((0.7,), (-0.7,))
def an_assertion(x):
    try:
        assert x > 0.0, "negative"
        y = x * x
    except AssertionError as e:
        print(e)
        y = -3.0 * x
    return y


# -- with ----------------------------------------------------------------------------------------------


@case((0.7, 2), (0.7, 0))
def suppress(x, k):
    y = x * x
    with contextlib.suppress(ZeroDivisionError):
        y = y + x / k
    return y


@case((SHORT,))
def errstate(x):
    with np.errstate(divide="ignore"), contextlib.nullcontext():
        y = np.where(x > 0.0, np.log(np.abs(x)), x)
    return float(np.sum(y))


# -- what raises without looking like it ----------------------------------------------------------------


@case((0.7, 2), (0.7, 0))
def a_step_of_zero(x, step):
    s = x
    try:
        for i in range(0, 6, step):
            s = s + x * i
    except ValueError:
        s = x * 7.0
    return s


@case((SHORT,))
def the_truth_of_an_array(x):
    try:
        y = x[0] if x > 1.0 else x[1]
    except ValueError:
        y = x[2] * x[2]
    return float(y)


@custom_jvp
def measured(x):
    return math.sqrt(x)


@measured.defjvp
def _(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    y = math.sqrt(x)
    return y, 0.5 * x_dot / y


@case((0.7,), (-0.7,))
def a_function_with_its_own_derivative(x):
    try:
        y = measured(x)
    except ValueError:
        y = x * 3.0
    return y * y


@case((0.7,), (-0.7,))
def a_derivative_taken_inside(x):
    slope = grad(lambda z: math.sqrt(z) * z)
    try:
        y = slope(x)
    except ValueError:
        y = x * 2.0
    return y


@case((SHORT,), (LONG,))
def two_exits_from_one_loop(x):
    a, c = x[0] * 1.0, 0.5
    try:
        try:
            for i in range(3):
                c = x[i + 2] + c
                if c > 5.0:
                    raise ValueError("large")
            c = x[1] + 1.3
        except ValueError:
            a = a * x[2]
        except IndexError:
            a = a + x[1]
    except ValueError:
        c = c * 2.0
    return float(a + c * x[2])
