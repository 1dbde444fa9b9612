"""Programs that write to memory outside of the function.

Each entry of `PROGRAMS` is a factory: it makes (or resets) the memory and returns the function, its argument,
and a function that looks at the memory afterwards."""

from __future__ import annotations

import dataclasses
import math
import sys

import numpy as np

PROGRAMS = []


def program(make):
    PROGRAMS.append(make)
    return make


WORK = np.zeros(4)
LOG = []
RECORDS = []
CACHE = {}
SCALES = [0.0, 0.0]
calls = 0
total = 0.0
state = None
VECTOR = np.zeros(3)


@program
def scratch_buffer():
    WORK[:] = 0.0

    def f(x):
        WORK[2] = x * x
        return WORK[2] * 2.0

    return f, 1.5, lambda: WORK.copy()


@program
def scratch_buffer_in_a_loop():
    WORK[:] = [1.0, 2.0, 3.0, 4.0]

    def f(x):
        for i in range(1, 4):
            WORK[i] = WORK[i - 1] * x + np.sin(WORK[i])
        return WORK[3] * WORK[1]

    return f, 0.7, lambda: WORK.copy()


@program
def views_and_slices_of_a_buffer():
    WORK[:] = [1.0, 2.0, 3.0, 4.0]

    def f(x):
        v = WORK[1:]
        v[0] = x
        v *= 2.0
        WORK[::2] += x * x
        WORK[WORK > 5.0] = x**3
        return np.sum(WORK * WORK)

    return f, 1.3, lambda: WORK.copy()


@program
def a_log_of_numbers():
    LOG.clear()

    def f(x):
        y = x
        for _ in range(3):
            y = math.sin(y) * x
            LOG.append(float(y))
        return y

    return f, 0.8, lambda: list(LOG)


@program
def a_log_that_is_read():
    LOG[:] = [1.0, 2.0]

    def f(x):
        LOG.append(x * 2.0)
        LOG.append(LOG[-1] * LOG[0] * x)
        LOG[0] = x
        return LOG[-1] + len(LOG) * LOG[-2] + LOG.pop() * LOG[0]

    return f, 1.1, lambda: list(LOG)


@program
def records_of_several_kinds():
    RECORDS.clear()

    def f(x):
        for k in range(3):
            x = x * 1.5
            RECORDS.append({"step": k, "x": float(x), "pair": (k, x)})
            RECORDS.append((k, "text", None))
        RECORDS.append([x, 2.0 * x])
        return x * x

    return f, 1.1, lambda: [r if not isinstance(r, dict) else dict(r) for r in RECORDS]


@program
def arrays_in_a_log():
    RECORDS.clear()

    def f(x):
        y = x * 1.0
        for _ in range(3):
            y = y * x
            RECORDS.append(y)
        y = y * 1.0
        y[0] = 0.0
        return np.sum(y * y)

    return f, np.array([0.5, 1.5, 2.0]), lambda: [r.copy() for r in RECORDS]


@program
def a_counter():
    global calls
    calls = 0

    def f(x):
        global calls
        calls += 1
        return x**2 * calls

    return f, 1.2, lambda: calls


@program
def a_global_array_bound_anew():
    global VECTOR
    VECTOR = np.array([1.0, 2.0, 3.0])

    def f(x):
        global VECTOR, total
        VECTOR = VECTOR * x
        total = float(np.sum(VECTOR))
        return total * VECTOR[1]

    return f, 1.2, lambda: (VECTOR.copy(), total)


@program
def a_global_that_is_made_under_a_condition():
    globals().pop("late", None)
    global total
    total = 1.0

    def f(x):
        global late, total
        if x > 1.0:
            late = x * x
            total = total + late
        else:
            total = total * x
        return total * x

    return f, 1.2, lambda: (globals().get("late"), total)


class Clock:
    ticks = 0
    marks: list = []

    def __init__(self):
        self.t = 0.25
        self.buffer = np.zeros(3)

    @property
    def twice(self):
        return self.t * 2.0

    @property
    def half(self):
        return self.t / 2.0

    @half.setter
    def half(self, v):
        self.t = v * 2.0

    def advance(self, dt):
        self.t += dt
        Clock.ticks += 1
        return self.t

    @classmethod
    def count(cls):
        cls.ticks += 10


STATE = Clock()


@program
def attributes_of_a_global_object():
    global STATE
    STATE = Clock()
    Clock.ticks = 0

    def f(x):
        for _ in range(3):
            STATE.t += 0.1 * x
        STATE.buffer[1] = STATE.t * x
        STATE.half = STATE.half * x
        return STATE.twice * STATE.buffer[1]

    return f, 1.4, lambda: (STATE.t, STATE.buffer.copy(), sorted(vars(STATE)))


@program
def methods_of_a_captured_object():
    clock = Clock()
    Clock.ticks = 0
    Clock.marks = []

    def f(x):
        y = clock.advance(x * x) * clock.advance(x)
        clock.count()
        clock.marks.append(y)
        return y + clock.ticks

    return f, 1.4, lambda: (clock.t, Clock.ticks, Clock.marks, sorted(vars(clock)))


class Model:
    def __init__(self):
        self.w = np.array([0.5, -1.0, 2.0])
        self.calls = 0
        self.last = None

    def loss(self, x):
        self.calls += 1
        y = self.w * x
        self.last = y
        return np.sum(y * y) * self.calls


@program
def a_bound_method():
    model = Model()
    return model.loss, np.array([1.0, 2.0, 3.0]), lambda: (model.calls, model.last, model.w)


@dataclasses.dataclass
class Settings:
    rate: float = 0.5
    steps: int = 0
    history: list = dataclasses.field(default_factory=list)

    def step(self, x):
        self.steps += 1
        self.rate = self.rate * x
        self.history.append(self.rate)
        return self.rate * x


@program
def a_bound_method_of_a_dataclass():
    s = Settings()
    return s.step, 1.3, lambda: (s.rate, s.steps, list(s.history))


@program
def a_module_attribute_and_a_nested_dict():
    module = sys.modules[__name__]
    module.state = {"t": 0.0, "inner": {"n": 0, "log": []}, "w": np.ones(2)}

    def f(x):
        module.total = x * 3.0
        for k in range(4):
            state["t"] += x
            state["inner"]["n"] += 1
            state["inner"]["log"].append(k)
            state["w"][0] = state["w"][0] * x
        state["new"] = state["t"] ** 2
        return state["new"] * module.total + state["w"][0]

    return f, 0.9, lambda: (total, repr(state))


@program
def a_cache_by_key():
    CACHE.clear()
    CACHE["old"] = 2.0

    def f(x):
        if "y" not in CACHE:
            CACHE["y"] = x * x
        CACHE.setdefault("z", 3.0)
        CACHE.update(old=CACHE["old"] * x, other="text")
        del CACHE["z"]
        return CACHE["y"] * CACHE["old"]

    return f, 1.7, lambda: list(CACHE.items())


@program
def cells_of_a_closure():
    n, weights, seen = 0, [0.5, 1.5], {}

    def f(x):
        nonlocal n
        n += 1
        weights[0] = weights[1] * x
        seen["x"] = x

        def inner(y):
            nonlocal n
            n += 2
            return y * weights[0]

        return inner(x) + n

    return f, 1.7, lambda: (n, list(weights), dict(seen))


@program
def mutable_defaults():
    def f(x, log=[], memory={"best": 10.0}, *, w=np.zeros(2)):  # noqa: B006, B008
        log.append(x)
        if x < memory["best"]:
            memory["best"] = x
        w[0] += x
        return x * memory["best"] + w[0]

    return f, 1.7, lambda: (f.__defaults__, f.__kwdefaults__["w"].copy())


@program
def attributes_of_a_function():
    def f(x):
        f.count += 1
        if not hasattr(f, "first"):
            f.first = x
        return x * x + f.first

    f.count = 0
    return f, 1.7, lambda: (f.count, f.first)


def note(x):
    global total
    total += x
    SCALES[1] = total
    return total * x


@program
def helpers_that_write():
    global total
    total = 0.5
    SCALES[:] = [1.0, 1.0]

    def f(x):
        y = note(x)
        for k in range(2):
            y += note(y * 0.1) + SCALES[k]
        return y

    return f, 0.6, lambda: (total, list(SCALES))


@program
def effects_under_conditions_and_exits():
    WORK[:] = 0.0
    LOG.clear()

    def f(x):
        k = 0
        while k < 10:
            k += 1
            if k % 2:
                continue
            WORK[k % 4] += x
            if WORK[2] > 2.0:
                LOG.append(-1.0)
                break
            LOG.append(WORK[k % 4] if k > 2 else 0.5)
            if k == 9:
                return x
        return WORK[2] * WORK[0] * x

    return f, 0.8, lambda: (WORK.copy(), list(LOG))


@program
def an_argument_stored_outside():
    CACHE.clear()

    def f(x):
        CACHE["x"] = x
        CACHE["view"] = x[1:]
        y = x * x
        CACHE["y"] = y
        z = y + 1.0
        z[0] = 2.0
        return np.sum(z * CACHE["y"])

    return f, np.array([1.0, 2.0]), lambda: [(k, v.copy()) for k, v in CACHE.items()]


@program
def a_recursive_helper_beside_effects():
    global calls
    calls = 0

    def power(x, n):
        return 1.0 if n == 0 else x * power(x, n - 1)

    def f(x):
        global calls
        calls = calls + 1
        return power(x, 3) * calls

    return f, 1.2, lambda: calls


OTHER = np.ones(4)
FORTRAN = np.asfortranarray(np.ones((2, 3)))
MATRIX = np.ones((2, 3))


@program
def writes_through_a_choice():
    WORK[:] = [1.0, 2.0, 3.0, 4.0]
    OTHER[:] = 1.0

    def f(x):
        own = np.full(4, x)
        u, v = WORK, OTHER
        for k in range(4):
            u[k] = v[k] * x + k
            if u[k] > 2.5:
                u, v = v, u
        z = own if x > 100.0 else WORK
        z[1:] *= x
        return np.sum(u) + 3.0 * np.sum(v) + own[0] * WORK[2]

    return f, 1.45, lambda: (WORK.copy(), OTHER.copy())


@program
def list_or_dict_chosen():
    LOG[:] = [1.0]
    CACHE.clear()
    CACHE["a"] = 3.0

    def f(x):
        other = [2.0]
        log = LOG if x > 1.0 else other
        log.append(x * x)
        d = {"a": 1.0} if x < 1.0 else CACHE
        d["a"] = x * 2.0
        return log[-1] * x + CACHE["a"] * other[0]

    return f, 1.5, lambda: (list(LOG), dict(CACHE))


@program
def object_chosen_and_stored():
    WORK[:] = 1.0
    OTHER[:] = 2.0

    def f(x):
        global state
        state = WORK if x > 1.0 else OTHER
        return np.sum(state) * x

    return f, 0.5, lambda: (state is WORK, state is OTHER)


@program
def views_of_each_layout():
    MATRIX[:] = 1.0
    FORTRAN[:] = 2.0

    def f(x):
        a, b, c = MATRIX.reshape(-1), FORTRAN.reshape(-1), np.ravel(FORTRAN.T)
        a[2], b[1], c[3] = x, x * x, 3.0 * x
        np.swapaxes(MATRIX, 0, 1)[1, 1] = x + 1.0
        return np.sum(MATRIX * FORTRAN) * x + b[1]

    return f, 0.7, lambda: (MATRIX.copy(), FORTRAN.copy())


@program
def functions_that_write_into_globals():
    WORK[:] = [4.0, 2.0, 3.0, 1.0]

    def f(x):
        WORK.sort()
        np.multiply(WORK, x, out=WORK)
        np.add.at(WORK, [0, 0, 3], x)
        np.copyto(WORK[1:3], x * x)
        return np.sum(WORK**2)

    return f, 0.7, lambda: WORK.copy()


@program
def view_and_choice_in_a_try():
    WORK[:] = [1.0, 2.0, 3.0, 4.0]
    OTHER[:] = 1.0

    def f(x):
        WORK[1] = 3.0 * x
        grid = WORK.reshape(2, 2)
        grid[0, 1] += x
        try:
            z = WORK if x > 0.5 else OTHER
            z[0] = x * x
            z[int(10 * x)] = 7.0
            z[1] = 8.0
        except IndexError:
            z[2] = 5.0 * x
        return np.sum(grid * x) + z[2]

    return f, 0.77, lambda: (WORK.copy(), OTHER.copy())
