"""Saved derivatives: files that run in another process with NumPy alone."""

import subprocess
import sys
import textwrap

import black
import numpy as np
import pytest

import sourcead as ad
from sourcead import errors

RATE = 0.25


def rate_times(x):
    return RATE * x**3


def with_poles(x):
    """Needs run-time helpers: the derivative of a root at 0."""
    return np.sum(np.sqrt(x) * (x > 0.0)) + np.sum(np.where(x > 1.0, np.log(x), x))


def loop(x, n):
    for _ in range(n):
        x = x * np.sin(x)
    return x


def containers(p, x):
    return np.sum(p["w"] * x) + p["b"] ** 2


def writes(x):
    for i in range(len(x) - 1):
        x[i + 1] = x[i + 1] * x[i]
    return x[-1]


def call_saved(tmp_path, d, name, call):
    """What a call gives in a process that has no sourcead."""
    file = tmp_path / "saved_derivative.py"
    d.save(file)
    text = file.read_text()
    assert "sourcead" not in text
    assert black.format_str(text, mode=black.Mode()) == text
    program = textwrap.dedent(f"""
        import sys
        sys.modules["sourcead"] = None
        import numpy as np
        sys.path.insert(0, {str(tmp_path)!r})
        import saved_derivative
        try:
            import sourcead
        except ImportError:
            print("alone")
        from saved_derivative import *
        {name} = saved_derivative.{name}
        print(repr({call}))
        others = [m for m in sys.modules if m.split(".")[0] in ("scipy", "black", "astor", "rich")]
        print(others)
        """)
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr + text
    alone, rest = done.stdout.strip().split("\n", 1)
    value, others = rest.rsplit("\n", 1)
    assert alone == "alone" and others == "[]"
    return eval(value, {"array": np.array, "np": np, "float32": np.float32})


def test_a_global_becomes_a_default(tmp_path):
    d = ad.grad(rate_times)
    assert d(2.0) == 3.0
    assert call_saved(tmp_path, d, "rate_times_grad", "rate_times_grad(2.0)") == 3.0
    assert call_saved(tmp_path, d, "rate_times_grad", "rate_times_grad(2.0, 1.0)") == 12.0


def test_helpers_stand_in_the_file(tmp_path):
    x = np.array([0.0, 0.25, 4.0])
    d = ad.value_and_grad(with_poles)
    value, gradient = d(x)
    got = call_saved(
        tmp_path, d, "with_poles_value_and_grad", "with_poles_value_and_grad(np.array([0.0, 0.25, 4.0]))"
    )
    assert got[0] == value
    np.testing.assert_array_equal(got[1], gradient)


def test_a_loop_with_tapes(tmp_path):
    d = ad.grad(loop)
    want = d(1.3, 4)
    assert call_saved(tmp_path, d, "loop_grad", "loop_grad(1.3, 4)") == want


def test_containers(tmp_path):
    d = ad.grad(containers)
    d({"w": np.ones(2), "b": 3.0}, np.array([1.0, 2.0]))
    got = call_saved(
        tmp_path, d, "containers_grad", 'containers_grad({"w": np.ones(2), "b": 3.0}, np.array([1.0, 2.0]))'
    )
    np.testing.assert_array_equal(got["w"], [1.0, 2.0])
    assert got["b"] == 6.0


def test_arguments_that_are_written_to(tmp_path):
    d = ad.grad(writes)
    want = d(np.array([2.0, 3.0, 5.0]))
    np.testing.assert_allclose(want, [15.0, 10.0, 6.0])
    got = call_saved(tmp_path, d, "writes_grad", "writes_grad(np.array([2.0, 3.0, 5.0]))")
    np.testing.assert_array_equal(got, want)


def test_jvp_and_vjp(tmp_path):
    d = ad.jvp(loop)
    value = d((1.3, 3), (1.0, 0))
    assert call_saved(tmp_path, d, "loop_jvp", "loop_jvp(1.3, 3, 1.0)") == value
    p = ad.vjp(loop)
    y, pullback = p(1.3, 3)
    bar, _ = pullback(1.0)
    text = call_saved(
        tmp_path,
        p,
        "loop_pullback",
        "saved_derivative.loop_pullback(*saved_derivative.loop_forward(1.3, 3)[1], 1.0)",
    )
    assert text == (bar, None)


def test_saving_before_a_call_takes_the_guess(tmp_path):
    def square(x: float):
        return x * x

    assert call_saved(tmp_path, ad.grad(square), "square_grad", "square_grad(3.0)") == 6.0


def test_a_closure_over_a_number(tmp_path):
    k = 4.0
    d = ad.grad(lambda x: k * x * x)
    d(1.0)
    file = tmp_path / "f.py"
    d.save(file)
    space = {}
    exec(file.read_text(), space)
    (f,) = [v for n, v in space.items() if n.endswith("_grad")]
    assert f(3.0) == 24.0


def test_closures_over_objects_are_refused(tmp_path):
    w = np.arange(3.0)
    d = ad.grad(lambda x: np.sum(w * x))
    d(np.ones(3))
    with pytest.raises(errors.Unsupported, match="'w'.*no literal form"):
        d.save(tmp_path / "f.py")
    assert not (tmp_path / "f.py").exists(), "a refusal leaves a file behind"


def test_local_classes_are_refused(tmp_path):
    import dataclasses

    @dataclasses.dataclass
    class Pair:
        a: float
        b: float

    d = ad.grad(lambda p: p.a * p.b)
    assert d(Pair(2.0, 3.0)) == Pair(3.0, 2.0)
    with pytest.raises(errors.Unsupported, match="Pair"):
        d.save(tmp_path / "f.py")
