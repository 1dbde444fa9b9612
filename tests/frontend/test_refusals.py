"""What is refused names file and line, underlines the place, and says a reason or a way out."""

import inspect
import linecache

import pytest

import sourcead as ad
from sourcead import errors

from . import refused as programs
from .refused import REFUSED


def marked(f):
    """The line that the error must name, and the words that must be in its message."""
    for function in (f, programs.deep):
        lines, first = inspect.getsourcelines(function)
        for k, text in enumerate(lines):
            if "# ^ " in text:
                return first + k, text.split("# ^ ")[1].strip()
    raise AssertionError(f"{f.__name__} marks no line")


@pytest.mark.parametrize("f, args, shown", REFUSED, ids=[f.__name__ for f, *_ in REFUSED])
def test_refusal(f, args, shown):
    line, words = marked(f)
    with pytest.raises(errors.Unsupported) as caught:
        ad.grad(f)(*args)
    error = caught.value
    text = str(error)
    assert words in error.message
    assert f"refused.py:{line}, in " in text
    assert error.reason or error.hint, "neither a reason nor a way out"
    lines = text.splitlines()
    carets = [k for k, one in enumerate(lines) if one.strip() and set(one.strip()) == {"^"}]
    assert carets, text
    source = linecache.getline(programs.__file__, line)
    assert lines[carets[0] - 1].strip() == source.strip()
    assert lines[carets[0]].rindex("^") < len(
        lines[carets[0] - 1].split("  # ^")[0]
    ), "the caret is in the comment"


def test_carets_count_characters_not_bytes():
    with pytest.raises(errors.Unsupported) as caught:
        ad.grad(programs.kleine_Größe)(0.7)
    lines = str(caught.value).splitlines()
    at = next(k for k, one in enumerate(lines) if set(one.strip()) == {"^"})
    first, last = lines[at].index("^"), lines[at].rindex("^") + 1
    assert lines[at - 1][first:last] == "heapq.nsmallest(1, [größe])"


def test_the_calls_that_led_there_are_named():
    with pytest.raises(errors.Unsupported) as caught:
        ad.grad(programs.in_a_helper)(0.7)
    assert "called from" in str(caught.value) and "in in_a_helper" in str(caught.value)
