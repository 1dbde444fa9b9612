"""`try` and what raises in it: each program on inputs that raise and on inputs that do not."""

import contextlib
import math

import numpy as np

from .registry import program

SHORT = np.array([0.7, -1.2, 1.9])
LONG = np.array([0.7, -1.2, 1.9, 0.4, 1.1, -0.6, 0.8, 1.3, 0.2])
GOOD = np.array([[2.0, 0.5], [0.5, 1.0]])
BAD = np.array([[1.0, 2.0], [2.0, 1.0]])


class Rejected(Exception):
    pass


class Diverged(ArithmeticError):
    pass


@program((SHORT,), (LONG,))
def index_out_of_range(x):
    try:
        y = x[7]
    except IndexError:
        y = x[0] * x[1]
    return y * y + x[2]


@program((1.5,), (0.0,))
def division_by_zero(x):
    try:
        y = math.sin(x) / x
    except ZeroDivisionError:
        y = 1.0 - x * x / 6.0
    return y * 3.0


@program((GOOD,), (BAD,), rtol=1e-5)
def jitter_in_cholesky(a):
    s = 0.5 * (a + a.T)
    try:
        root = np.linalg.cholesky(s)
    except np.linalg.LinAlgError:
        root = np.linalg.cholesky(s + 4.0 * np.eye(2))
    return np.sum(np.log(np.diag(root))) + root[1, 0]


@program((0.5,), (3.0,))
def domain_error_with_else(x):
    bonus = 1.0
    try:
        y = math.asin(x)
    except ValueError:
        y = x * x
    else:
        bonus = x + y
    return y * bonus


@program((1.5, {"a": 2.0}), (1.5, {"b": 2.0}))
def missing_key(x, options):
    try:
        scale = options["a"]
    except KeyError:
        scale = 3.0
    return x * x * scale


@program((SHORT,), (LONG,), (np.arange(5.0) + 0.5,))
def raised_midway_after_writes(x):
    y = np.zeros(5)
    s = 0.0
    try:
        for i in range(7):
            y[i] = x[i] ** 2
            s = s + y[i] * x[0]
    except IndexError:
        s = s * 2.0
    return s + np.sum(y * y)


@program((SHORT, [1, 2, 4]), (SHORT, [1, 0, 4]), (SHORT, [0, 0, 0]))
def in_each_trip_of_a_loop(x, counts):
    total = 0.0
    for v, k in zip(x, counts):
        try:
            t = v * (1.0 / k)
        except ZeroDivisionError:
            t = 2.0 + v
        total = total + t * t
    return total


@program((SHORT, 5), (LONG, 5), (LONG, 14))
def in_a_loop_at_some_trip(x, n):
    total = 1.0
    for i in range(n):
        try:
            v = x[i] * total
        except IndexError:
            v = x[0] * 0.5
        total = total + v * v
    return total


@program((0.5,), (2.0,), (4.0,))
def raised_in_the_text(x):
    try:
        if x > 3.0:
            raise ValueError("large")
        if x > 1.0:
            raise TypeError("medium")
        y = x * x
    except ValueError:
        y = 2.0 * x
    except TypeError:
        y = x * x * x
    return y + x


def checked(x, limit):
    if x > limit:
        raise Rejected(x)
    return math.sqrt(limit - x)


@program((0.5,), (2.0,))
def a_helper_raises(x):
    try:
        y = checked(x * x, 2.0)
    except Rejected:
        y = -x
    return y * x


@program((0.5,), (2.0,))
def a_base_class_is_caught(x):
    try:
        y = x * x
        if y > 1.0:
            raise Diverged("too far")
    except ArithmeticError:
        y = x
    return y * x


@program((SHORT,), (LONG,))
def finally_after_return(x):
    count = 1.0
    try:
        return x[5] * x[0]
    except IndexError:
        count = count + x[1]
    finally:
        count = count * 2.0
    return count * x[0]


@program((1.5, 2), (1.5, 0), (-2.0, 3), (-2.0, 0))
def nested(x, k):
    y = x
    try:
        try:
            y = x / k
            y = y + math.sqrt(x)
        except ZeroDivisionError:
            y = x + 5.0
    except ValueError:
        y = y * 3.0
    return y * y


@program((1.5, 2), (1.5, 0), (-2.0, 3))
def raised_again(x, k):
    y = 2.0 * x
    try:
        try:
            y = math.sqrt(x) / k
        except ValueError:
            y = 3.0 * x
            raise
    except (ValueError, ZeroDivisionError):
        y = y + x
    return y * y


@program((1.5, 2), (1.5, 0))
def another_exception_from_a_handler(x, k):
    try:
        try:
            y = x / k
        except ZeroDivisionError as e:
            raise Rejected(str(e)) from e
    except Rejected as e:
        print("rejected:", e)
        y = x * x - 1.0
    return y * 2.0


@program((SHORT,), (LONG,), (np.array([0.7, -1.2, 1.9, 0.0, 5.0, 5.0, 1.0]),))
def search_until_it_raises(x):
    s, i = 0.0, 0
    try:
        while x[i] * x[i] < 20.0:
            s = s + math.exp(-x[i])
            i = i + 1
    except IndexError:
        s = s + 10.0 * x[0]
    return s * x[1]


@program((np.array([0.5, 0.3, 0.2]),), (np.array([0.5, 1.4, 0.2]),), (np.array([0.5, 0.3, -3.0]),))
def a_loop_of_raisers_as_a_whole(x):
    s = 0.0
    t = 0.0
    try:
        for v in x:
            t = t + math.acos(v) * x[0]
        s = t * t
    except ValueError:
        s = np.sum(x * x)
    return s


@program((2.0, 3), (2.0, 0))
def suppressed(x, k):
    y = x * x
    with contextlib.suppress(ZeroDivisionError, OverflowError):
        y = y + x / k
    return y


@program((SHORT,))
def quiet_division(x):
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.where(x > 0.0, np.log(np.abs(x)), x / (x * x))
    return np.sum(y)


@program((SHORT, 3.0, 0.0), (SHORT, 3.0, 1.0))
def continue_and_break_in_a_try(x, a, b):
    total = 0.0
    for i, d in enumerate([a, b, 2.0]):
        try:
            if d > 2.5:
                continue
            total = total + x[i] / float(d) + 1.0 / d
        except ZeroDivisionError:
            total = total + x[0] * x[i]
            break
        finally:
            total = total * 2.0 + x[2]
    return total


@program(
    (np.array([1.0, 2.0]), np.array([3.0, 4.0])),
    (np.array([1.0, 2.0]), np.array([3.0, 4.0, 5.0])),
    wrt=(0, 1),
)
def lengths_that_do_not_match(x, y):
    try:
        z = x * y
    except ValueError:
        z = x * y[0]
    return np.sum(z * z)


@program((SHORT,), (LONG,), (np.arange(1.0, 6.0),))
def raised_between_two_writes(x):
    y = np.ones(3)
    try:
        y[0] = x[0] * x[1]
        y[1] = x[4] * y[0]
        y[2] = x[7] * y[1]
    except IndexError:
        y[0] = y[0] * y[0]
    return np.prod(y) + np.sum(y)


@program((2.0, 1.5), (2.0, 0.0), fails=(((-1.0, 2.0), ValueError),))
def what_is_not_caught_goes_on(x, d):
    s = math.sqrt(x)
    try:
        y = math.log1p(x - 0.5) / d
    except ZeroDivisionError:
        y = x * 2.0
    return y + x * s


@program(
    (np.array([2.0, 4.0]), 3, 1.0),
    (np.array([2.0, 4.0]), 3, 0.0),
    fails=(((np.array([2.0, -1e6]), 1, 1.0), Diverged),),
)
def newton_with_a_way_out(x, n, d):
    z = x[0].item()
    a = x[1].item()
    for _ in range(n):
        try:
            step = (z * z - a) / (d * z)
            if step > 100.0:
                raise Diverged
        except ZeroDivisionError:
            z = z * 0.5
            continue
        z = z - step
    return z
