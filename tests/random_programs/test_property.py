"""Programs about memory whose decisions `hypothesis` draws, so that a failure is kept and replayed.

A failing program is made small as text (`shrink`), in the time of `SHRINK_SECONDS`: removing one decision
shifts the meaning of all that follow, so that the shrinker of `hypothesis` gets nowhere in minutes.

`SOURCEAD_EXAMPLES=20000 python -m pytest tests/random_programs/test_property.py` runs many;
`python -m tests.random_programs --kind memory --count 20000` does so on all cores, with programs by seed.
"""

import functools
import os
import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sourcead.ad.residuals import STORE_ALL

from . import checks, inputs
from .campaign import limited
from .draws import Draws
from .generator import generate
from .holders import generate_memory, program_from
from .shrink import shrink

EXAMPLES = int(os.environ.get("SOURCEAD_EXAMPLES", "60"))
SECOND_EVERY, SINGLE_EVERY = 8, 6
SHRINK_SECONDS = 30.0


@functools.cache
def failure_of(text: str, second: bool, single: bool) -> str:
    """What is wrong with a program, told of the smallest one that fails alike; "" if nothing is."""
    failure = limited(text, second, 20, single=single).failure
    if failure is None:
        return ""
    parts = checks.parts_of(failure.key)

    def alike(t: str) -> bool:
        found = limited(t, second, 6, parts, single).failure
        return found is not None and found.key == failure.key

    small = shrink(text, alike, SHRINK_SECONDS)
    return f"{'single' if single else 'double'} precision\n{small}\n{failure}\n\nfound in\n{text}"


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None if EXAMPLES == 60 else settings().database,
    derandomize=EXAMPLES == 60,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    print_blob=True,
)
@given(st.data())
def test_derivatives_of_programs_about_memory(data):
    """Interpreter, values, tangents, gradients and pullbacks of one program, against each other and against
    differences."""
    draws = Draws(lambda n: data.draw(st.integers(0, n - 1)))
    single = draws.below(SINGLE_EVERY) == SINGLE_EVERY - 1
    second = not single and draws.below(SECOND_EVERY) == SECOND_EVERY - 1
    text = program_from(draws)
    wrong = failure_of(text, second, single)
    assert not wrong, wrong


def test_most_programs_are_accepted():
    """A generator whose programs are refused or skipped checks nothing."""
    statuses = Counter(limited(generate_memory(seed), False, 10, "v").status for seed in range(60))
    assert statuses["refused"] <= 6, statuses
    assert statuses["checked"] >= 50, statuses


def test_same_text_for_a_seed():
    assert generate_memory(7) == generate_memory(7) != generate_memory(8)
    assert generate_memory(7) != generate(7)


def test_decisions_are_those_of_the_source():
    drawn = random.Random(3)
    text = program_from(Draws(lambda n: drawn.randrange(n)))
    drawn = random.Random(3)
    assert text == program_from(Draws(lambda n: drawn.randrange(n)))
    shortest = program_from(Draws(lambda n: 0))
    assert len(shortest.splitlines()) < 20, shortest


@pytest.mark.parametrize("single", [False, True])
def test_inputs_reach_both_ways_of_a_branch(single):
    text = (
        "def f(a, b, u, v, A, n, k):\n    if u[0] > 0.137:\n        u[0] = a * b\n    else:\n"
        "        v[1] *= b\n    return np.sum(u * v)\n"
    )
    chosen = inputs.choose_inputs(checks.load(text))
    assert {args[2][0] > 0.137 for args in chosen} == {True, False}
    outcome = checks.check(text, single=single)
    assert outcome.status == "checked" and outcome.inputs == 2, outcome


def test_wrong_pullbacks_are_seen(monkeypatch):
    """With a wrong adjoint in one configuration alone the checks fail, so that they can."""
    real = checks.ad.value_and_grad

    def wrong(f, argnums):
        made = real(f, argnums)

        def call(*args):
            value, gradient = made(*args)
            return value, (gradient[0] * (1.0 + 1e-7 * STORE_ALL.get()) + 0.0, *gradient[1:])

        return call

    monkeypatch.setattr(checks.ad, "value_and_grad", wrong)
    text = "def f(a, b, u, v, A, n, k):\n    u[0] = a * b * 3.0\n    return u[0] * a\n"
    outcome = checks.check(text, parts="v")
    assert outcome.failure is not None and "not what it is without" in outcome.failure.key


def test_a_failure_is_told_small(monkeypatch):
    """A program with an error planted in one line comes out with little else."""
    real = checks.check_jvp

    def wrong(run):
        if run.f.__code__.co_names.count("tanh"):
            raise checks.Failure("jvp: planted", "")
        return real(run)

    monkeypatch.setattr(checks, "check_jvp", wrong)
    monkeypatch.setitem(globals(), "SHRINK_SECONDS", 6.0)
    text = (
        "def f(a, b, u, v, A, n, k):\n    if n > 0:\n        v[1] *= b\n    u[1] = np.tanh(a)\n"
        "    w = v * 2.0\n    return np.sum(u * w)\n"
    )
    told = failure_of(text, False, False)
    small = told[: told.index("\njvp: planted")]
    assert "tanh" in small
    assert "if" not in small.split("\n", 1)[1], small
    assert text in told
