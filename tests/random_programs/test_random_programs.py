"""Random programs: their derivatives against differences and against each other; and the tools themselves."""

import pytest

from . import checks, found
from .campaign import limited
from .generator import generate
from .shrink import shrink

COUNT = 150
BATCH = 10
PARTS = ("lvj", "p", "vg", "vjp")  # not all parts of every program, for time


@pytest.mark.parametrize("batch", range(COUNT // BATCH))
def test_random_programs(batch):
    statuses = []
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        text = generate(seed)
        outcome = limited(text, seed % 15 == 0, 10, PARTS[seed % len(PARTS)])
        assert outcome.failure is None, f"seed {seed}\n{text}\n{outcome.detail}"
        statuses.append(outcome.status)
    # a generator whose programs are refused or skipped checks nothing
    assert statuses.count("checked") >= BATCH // 2, statuses


def is_single(name):
    return name.startswith("single_precision")


@pytest.mark.parametrize("name", found.FOUND)
def test_found(name):
    """Programs that once were wrong."""
    outcome = limited(found.FOUND[name], True, 10, single=is_single(name))
    assert outcome.failure is None, f"{found.FOUND[name]}\n{outcome.detail}"
    assert outcome.status == "checked", outcome


@pytest.mark.parametrize("name", found.WRONG_TODAY)
@pytest.mark.xfail(strict=True, reason="known and not mended yet")
def test_found_and_wrong_today(name):
    outcome = limited(found.WRONG_TODAY[name], True, 10, single=is_single(name))
    assert outcome.status == "checked", outcome


def test_same_text_for_a_seed():
    assert generate(7) == generate(7) != generate(8)


def test_shrink_keeps_what_matters():
    text = "def f(x):\n    y = 1\n    for i in range(3):\n        y = y + x * 2\n    z = [y]\n    return z\n"
    small = shrink(text, lambda t: "x * 2" in t, 5.0)
    assert "x * 2" in small
    assert "for" not in small and "z" not in small


def test_failures_are_seen(monkeypatch):
    """With a wrong derivative the checks fail, so that they can."""
    real = checks.ad.value_and_grad

    def wrong(f, argnums):
        made = real(f, argnums)

        def call(*args):
            value, gradient = made(*args)
            return value, (gradient[0] * 1.001 + 0.001, *gradient[1:])

        return call

    monkeypatch.setattr(checks.ad, "value_and_grad", wrong)
    outcome = limited("def f(a, b, u, v, A, n, k):\n    u[0] = a * b\n    return u[0] * a\n", False)
    assert outcome.failure is not None and "differences" in outcome.failure.key
