"""Which names may still be read: at the statement of each text that begins with `MARK`."""

import ast

import pytest

from sourcead.frontend.liveness import liveness_of

CASES = {
    "read after it": ("MARK = 1\nreturn x", "x"),
    "bound anew before it is read": ("MARK = 1\nx = 2\nreturn x", ""),
    "bound on one path": ("MARK = 1\nif c:\n  x = 2\nreturn x", "c x"),
    "bound on all paths": ("MARK = 1\nif c:\n  x = 2\nelse:\n  x, y = 3, 4\nreturn x", "c"),
    "read in the next turn": ("for k in r:\n  t = x\n  MARK = 1\n  x = t", "r t"),
    "bound anew in the next turn": ("for k in r:\n  x = k\n  t = x\n  MARK = t", "r t"),
    "read after the loop": ("for k in r:\n  x = k\n  MARK = 1\nreturn x", "r x"),
    "bound by the loop": ("for k in r:\n  MARK = k\n  del q\nk = 1\nreturn k", "k q r"),
    "read after a continue": (
        "while c:\n  if d:\n    MARK = 1\n    continue\n  x = 1\n  y = x\nreturn x",
        "c d x",
    ),
    "read after a break": (
        "while c:\n  if d:\n    MARK = 1\n    break\n  x = 1\nelse:\n  x = 2\nreturn x",
        "x",
    ),
    "not read after a return": ("for k in r:\n  if c:\n    MARK = 1\n    return y\n  x = 1\n  z = x", "r y"),
    "read by a handler": ("try:\n  MARK = 1\n  x = f()\nexcept E:\n  y = x\nreturn 0", "E f x"),
    "read in the end": ("try:\n  MARK = 1\n  x = f()\nfinally:\n  y = x\nreturn 0", "f x"),
    "read where it is suppressed": ("with s:\n  MARK = 1\n  x = 1\nreturn x", "x"),
    "added to": ("MARK = 1\nx += 1", "x"),
    "an item of it is bound": ("MARK = 1\nx[0] = 1", "x"),
    "read by a function": ("def g(): return x\nMARK = 1\nx = 1", "x"),
    "read by a generator": ("g = (x for _ in r)\nMARK = 1\nx = r = 1", "r x"),
    "bound where it is read": ("MARK = x\nx = 1", "x"),
    "bound within an expression": ("MARK = 1\nc and (x := 1)\nreturn x", "c x"),
}


@pytest.mark.parametrize("text, names", CASES.values(), ids=list(CASES))
def test_alive(text, names):
    body = "\n".join("    " + line for line in text.splitlines())
    function = ast.parse(f"def f():\n{body}").body[0]
    known = liveness_of(function).at
    (mark,) = (s for s in known if isinstance(s, ast.Assign) and getattr(s.targets[0], "id", "") == "MARK")
    assert known[mark] == set(names.split())
