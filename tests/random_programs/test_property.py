"""Programs about memory whose decisions `hypothesis` draws, so that a failure is made small and replayed.

`SOURCEAD_EXAMPLES=20000 python -m pytest tests/random_programs/test_property.py` runs many;
`python -m tests.random_programs --kind memory --count 20000` does so on all cores, with programs by seed.
"""

import os
import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from . import checks, inputs
from .campaign import limited
from .draws import Draws
from .generator import generate
from .holders import generate_memory, program_from

EXAMPLES = int(os.environ.get("SOURCEAD_EXAMPLES", "60"))
SECOND_EVERY, SINGLE_EVERY = 8, 6


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None if EXAMPLES == 60 else settings().database,
    derandomize=EXAMPLES == 60,
    suppress_health_check=list(HealthCheck),
)
@given(st.data())
def test_derivatives_of_programs_about_memory(data):
    """Interpreter, values, tangents, gradients and pullbacks of one program, against each other and against
    differences."""
    draws = Draws(lambda n: data.draw(st.integers(0, n - 1)))
    single = draws.below(SINGLE_EVERY) == SINGLE_EVERY - 1
    second = not single and draws.below(SECOND_EVERY) == SECOND_EVERY - 1
    text = program_from(draws)
    outcome = limited(text, second, 20, single=single)
    note(f"{'single' if single else 'double'} precision\n{text}")
    assert outcome.failure is None, f"{text}\n{outcome.detail}"


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

    def wrong(f, argnums, storage="save"):
        made = real(f, argnums)

        def call(*args):
            value, gradient = made(*args)
            return value, (gradient[0] * (1.0 + 1e-7 * (storage == "other")) + 0.0, *gradient[1:])

        return call

    monkeypatch.setattr(checks.ad, "value_and_grad", wrong)
    monkeypatch.setattr(checks, "CONFIGURATIONS", ({}, {"storage": "other"}))
    text = "def f(a, b, u, v, A, n, k):\n    u[0] = a * b * 3.0\n    return u[0] * a\n"
    outcome = checks.check(text, parts="v")
    assert outcome.failure is not None and "not that of the first" in outcome.failure.key
