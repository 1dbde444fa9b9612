"""The printer's text parses back to the tree it was made from, and black finds nothing to change in it."""

# ruff: noqa: E501  (the long lines are what is tested)

import ast
import random
import sys
import time

import black
import pytest

from sourcead.backend.printer import Blank, Comment, expression_text, line_length, to_source

SNIPPETS = r"""
x**2; x[i] ** 2; x.y**2; f(x) ** 2; 5 ** f["hi"]; x**-y; -(x**2); (-x) ** 2; 2**n.m; (x + y) ** 2; x**y**z; (x**y) ** z
x**n if f(n) else 0; x**n if n else 0; [x**n for n in y]; x[0].c.b ** 2; x**n and g(n); 2**~y; x**1e-12; i**2j
x[1:-1]; x[a + 1 : b]; x[::-1]; x[i, :]; x[:, i + 1]; x[: n - 1]; x[f(a) :: 2]; x[a.b : c]; x[-n:]; x[:: 2 * n]
x[1:n, i + 1]; x[()]; x[i, j]; x[(a,)]; x[..., None]; x[*a, 1]; x[i][j]; x[1:n, a + 1 : b : c, ::s]; x[not a : b]
lambda: 0; lambda x, *a, y=1, **k: x + y; lambda a, /, b: (a, b); lambda *, k: k; f(lambda x: x, 1); (lambda: 0)()
-x; --x; +x; ~x; not x; not (a and b); -x * y; -(x * y); (-x).y; - x[0]; not a == b; (not a) == b; -(-x)
a + b - c; a - (b - c); a - (b + c); (a + b) * c; a * b % c; a @ b @ c; a / (b * c); a << b | c & d ^ e; (a | b) & c
a if b else c; (a if b else c) if d else e; a if b else c if d else e; (a if b else c) + d; f(a if b else c, 1)
a or b and c; (a or b) and c; a and (b and c); not a or b; a < b <= c != d; (a < b) < c; a is not None; a not in b
f(*a, b, *c, k=1, **d); f(x for x in y); f((x for x in y), 1); f(x := 1); f((yield)); f(**a, **b); f(not x, -1)
{**a, "b": 1}; {1, 2, *a}; {}; []; (); (a,); [a]; [*a, b]; {"a": x, "b": {"c": 1}}; {a for a in b}; {a: b for a, b in c}
[x for x, y in z if x if y for w in (1, 2)]; [(x, y) for x in z]; [x for x in (a if b else c)]; [[x for x in y] for y in z]
1e-12; 1e16; 1.5; 1e309; 1j; 10**100; True; None; ...; 0.1 + 2.5j; -1.0; 1e22; (1).real; (1.5).imag; 1j.real; b"a\x00"
"a"; 'say "hi"'; "it's"; 'it\'s "x"'; "tab\t\n\\"; "\u00e9\u4e2d\U0001f600"; ""; "{}"; b"'"; "a" + 'b"'; "'" ; '"'
f"{x}"; f"a{x!r:>{w}}b{{}}"; f"{x['a']}"; f'{x["a"]} "q"'; f"{a + b:.3f}\n"; f"{(lambda: 1)()}"; f"{ {1: 2}[1] }"
f'say "{x}"'; f"it's {x}"; f"{x}{y}" ; f"{x:{y}.{z}}"; f"{x if y else z}"; f"{'a' if b else 'c'}"
x = 1; x = y = z; x, y = y, x; (x,) = y; [a, b] = c; (a, b), c = d; a, *b = c; x[i] = y.z = 3; x = (yield); x = *a, b
x += 1; x[i] -= y; x.y **= 2; x @= y; x //= y; x <<= 1; x |= a if b else c; x: int = 1; x.y: float; (x): int = 2; x: T
del x; del x, y[0]; del (x, y); assert x; assert x, "msg"; assert (x, y), z; raise; raise E; raise E("a") from e; pass
import a; import a.b as c, d; from a import b; from .a import b as c, d; from . import x; from a import *; global g, h
"""


COMPOUND = r'''
@deco(1, x=2)
@other.name
def f(a, /, b: int, c: float = 1.0, *args: int, d, e=2, **kw) -> dict[str, int]:
    """Doc."""
    global g
    for i, j in zip(a, b):
        if i:
            continue
        elif j:
            break
        else:
            pass
    else:
        x = 1
    while x := f():
        yield x
    else:
        return
    try:
        a()
    except (E, F) as e:
        raise E from e
    except G:
        pass
    except:
        raise
    else:
        b()
    finally:
        c()
    with open(a) as f, b:
        pass
    def inner():
        nonlocal x
        return x, 1
    return (x,)
async def g(*, k):
    async with a as b, c as (d, e):
        await b
    async for x in y:
        await f(x) ** 2
    return [x async for x in y if await x]
class A(B, metaclass=M):
    """Doc."""
    x: int = 1
    def f(self): ...
    @property
    def g(self):
        return self.x
class C: ...
match p, q:
    case 1 | -2.5 | "a":
        pass
    case [a, b, *rest] if (y := a):
        pass
    case {"k": v, **kw}:
        pass
    case Point(x=0, y=_) | Line(a, (b | c) as d):
        pass
    case None | True:
        pass
    case (1 | 2) as z:
        pass
    case _:
        def h():
            pass
        h()
if x:
    def k():
        pass
else:
    import z
    y = 1
try:
    def k():
        pass
except* E:
    pass
import os
from sys import path
def last(): pass
y = 1
'''

LONG = r"""
def a_function_with_a_long_name(first_argument, second_argument, third_argument, fourth): pass
def a_function_with_a_long_name(first_argument: float, second_argument: float = 1.0, *args: int, flag: bool = False, **kw) -> dict[str, float]: pass
def f(a_single_argument_with_a_very_long_name_indeed: dict[str, tuple[int, int, int]] = None): pass
def f() -> a_very_long_annotation_that_does_not_fit[in_the_line, of_eighty_eight, columns_at_all]: pass
result = some_function(first_argument_value, second_argument_value, keyword_argument=third_value)
result = some_function(first_argument_value, inner_call(second_argument_value, third_value), keyword=inner_call(x, y), other=fourth_value, *args, **kwargs)
x[i, j] = (alpha[i, j] * beta[i - 1, j] + gamma[i, j] * delta[i, j - 1] + epsilon[i + 1, j] * zeta[i, j + 1]) / 5.0
total_loss += first_weight * first_component_loss + second_weight * second_component_loss + regularisation ** n
if first_condition_holds and second_condition_holds or third_condition_holds(argument) and not fourth: pass
if isinstance(first_value, some_module.SomeClass) and isinstance(second_value, some_module.OtherClass): pass
assert some_function(first_argument_value, second_argument_value) == expected_value_of_the_call, "the message is long"
value = np.concatenate([first_array_of_values[:, None], second_array_of_values[None, :]], axis=0).reshape(-1, 1)
value = frame.groupby("some_column_name").agg({"value": "sum", "other": "mean"}).reset_index().sort_values("value")
value = lambda first_argument, second_argument, third_argument: first_argument + second_argument * third_argument
some_dictionary = {"first_key": first_value, "second_key": second_value, "third_key": third_value, "k": (1,)}
for first_index, second_index, third_index in zip(first_sequence, second_sequence, third_sequence, strict=True): pass
del first_name_to_delete, second_name_to_delete, third_name_to_delete, fourth_name_to_delete[index]
from some_package.some_module import first_name, second_name as other_name, third_name, fourth_name
raise SomeVeryLongExceptionName("a message that is long enough to pass the limit of the line", argument) from error
with some_context_manager(first_argument, second_argument) as first, other_context(third_argument) as second: pass
some_object.some_attribute.some_method(first_argument)[some_index_value] = other_object.other_method(second_argument)
some_array[first_index + 1 : second_index - 1, third_index] = other_array[first_index : second_index - 2, third_index]
x_bar, y_bar, z_bar = x_bar + first_adjoint_contribution, y_bar + second_adjoint_contribution, z_bar * 2.0
variable: SomeGenericAnnotation[int, float] = some_function_call(first_argument)[index] + other_function_call(x, y)
f"{some_value_in_an_f_string} and a lot of text that makes the line so long that it cannot be split" + other_value
x_bar = -(y_bar * np.cos(first_long_argument_name) ** 2) / (second_long_argument_name - third_long_argument_name)
print("From: %(user)s@localhost%(lf)sSubject: IMAP4 test%(lf)s%(lf)sdata..%(lf)s" % {"user": USER, "lf": "\n"})
class SomeClassWithALongName(first_base_class_with_a_long_name.Base, second_base.Other, metaclass=SomeMetaClass): pass
return_value = some_function(first_argument)(second_argument_of_the_call, third_argument_of_the_call)[0, :, None]
d = some_function_name(argument_one)[index_one] = other_function_name(argument_two, argument_three)[index_two] + 1
"""


def black_text(text: str) -> str:
    return black.format_str(text, mode=black.Mode())


def canonical(tree: ast.AST) -> str:
    """The dump; a `del` broken over lines has parentheses, which make one tuple of its targets."""
    for n in ast.walk(tree):
        if isinstance(n, ast.Delete) and len(n.targets) == 1 and isinstance(n.targets[0], ast.Tuple):
            n.targets = n.targets[0].elts
    return ast.dump(tree)


def check(tree: ast.Module) -> str:
    text = to_source(tree)
    assert canonical(ast.parse(text)) == canonical(tree)
    assert black_text(text) == text
    return text


@pytest.mark.parametrize("line", SNIPPETS.strip().splitlines())
def test_snippets(line: str) -> None:
    check(ast.parse(line))


def test_snippets_as_arguments_and_in_a_function() -> None:
    """Each expression again where parentheses differ: as an operand, an argument, a subscript, a result."""
    places = ("X + 1", "1 - X", "X.a", "X[0]", "y[X]", "f(X)", "f(1, k=X)", "-X", "X ** X", "await X")
    body: list[ast.stmt] = []
    for line in SNIPPETS.strip().splitlines():
        for s in ast.parse(line).body:
            if isinstance(s, ast.Expr) and not any(
                isinstance(n, ast.Yield | ast.NamedExpr) for n in ast.walk(s)
            ):
                number = isinstance(s.value, ast.Attribute) and isinstance(s.value.value, ast.Constant)
                for place in places:
                    if not (number and place == "await X"):  # black writes `await 1.real`, which is no Python
                        e = ast.parse(place, mode="eval").body
                        body.append(ast.Return(_Put(s.value).visit(e)))
    tree = ast.Module([ast.AsyncFunctionDef("f", _no_arguments(), body, [], lineno=1)], [])
    text = to_source(tree)
    assert len(body) > 1000
    assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(ast.unparse(tree)))
    assert black_text(text) == text


class _Put(ast.NodeTransformer):
    def __init__(self, node: ast.expr) -> None:
        self.node = node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.node if node.id == "X" else node


def test_compound_statements() -> None:
    check(ast.parse(COMPOUND))


@pytest.mark.parametrize("line", LONG.strip().splitlines())
def test_long_lines(line: str) -> None:
    text = check(ast.parse(line))
    assert len(text.splitlines()) > 1
    indented = ast.parse("class A:\n def f(self):\n  if x:\n   " + line)
    check(indented)


class Trees:
    """Random expressions, everything that Python has outside of `async`."""

    def __init__(self, seed: int) -> None:
        self.r = random.Random(seed)

    def name(self) -> ast.Name:
        return ast.Name(self.r.choice(["x", "y_bar", "some_longer_name", "np", "i"]), ast.Load())

    def leaf(self) -> ast.expr:
        values = [0, 1, 2.5, 1e-12, 1e20, 3j, "a", "it's", 'q"', "a\nb", None, True, b"x", ...]
        return self.name() if self.r.random() < 0.6 else ast.Constant(self.r.choice(values))

    def slice(self, d: int) -> ast.expr:
        parts = [self.expr(d - 1) if self.r.random() < 0.5 else None for _ in range(3)]
        return ast.Slice(*parts) if self.r.random() < 0.4 else self.expr(d - 1)

    def many(self, d: int, low: int = 0) -> list[ast.expr]:
        return [self.expr(d - 1) for _ in range(self.r.randint(low, 3))]

    def comps(self, d: int) -> list[ast.comprehension]:
        target = ast.Tuple([ast.Name("a", ast.Store()), ast.Name("b", ast.Store())], ast.Store())
        plain = ast.Name("k", ast.Store())
        return [ast.comprehension(self.r.choice([plain, target]), self.expr(d - 1), self.many(d - 1)[:1], 0)]

    def expr(self, d: int) -> ast.expr:
        if d <= 0 or self.r.random() < 0.1:
            return self.leaf()
        r, e = self.r, self.expr
        binary = [
            ast.Add,
            ast.Sub,
            ast.Mult,
            ast.Div,
            ast.Pow,
            ast.Pow,
            ast.MatMult,
            ast.Mod,
            ast.BitOr,
            ast.LShift,
        ]
        compare = [ast.Lt, ast.Eq, ast.Is, ast.IsNot, ast.In, ast.NotIn, ast.GtE]
        made = [
            lambda: ast.BinOp(e(d - 1), r.choice(binary)(), e(d - 1)),
            lambda: ast.BinOp(e(d - 1), r.choice(binary)(), e(d - 1)),
            lambda: ast.UnaryOp(r.choice([ast.USub, ast.UAdd, ast.Not, ast.Invert])(), e(d - 1)),
            lambda: ast.BoolOp(r.choice([ast.And, ast.Or])(), [e(d - 1), e(d - 1)]),
            lambda: ast.Compare(e(d - 1), [r.choice(compare)()], [e(d - 1)]),
            lambda: ast.Call(e(d - 1), self.many(d), [ast.keyword("k", e(d - 1))] * r.randint(0, 1)),
            lambda: ast.Call(self.name(), [ast.Starred(e(d - 1), ast.Load())], [ast.keyword(None, e(d - 1))]),
            lambda: ast.Attribute(e(d - 1), "attr", ast.Load()),
            lambda: ast.Subscript(e(d - 1), self.slice(d), ast.Load()),
            lambda: ast.Subscript(
                self.name(),
                ast.Tuple([self.slice(d) for _ in range(r.randint(1, 3))], ast.Load()),
                ast.Load(),
            ),
            lambda: ast.IfExp(e(d - 1), e(d - 1), e(d - 1)),
            lambda: ast.Tuple(self.many(d, 2) if r.random() < 0.8 else self.many(0, 0)[:1], ast.Load()),
            lambda: ast.List(self.many(d), ast.Load()),
            lambda: ast.Set(self.many(d, 1)),
            lambda: ast.Dict([e(d - 1), None], [e(d - 1), e(d - 1)]),
            lambda: ast.ListComp(e(d - 1), self.comps(d)),
            lambda: ast.GeneratorExp(e(d - 1), self.comps(d)),
            lambda: ast.DictComp(e(d - 1), e(d - 1), self.comps(d)),
            lambda: ast.Lambda(ast.arguments([], [ast.arg("u")], None, [], [], None, [e(d - 1)]), e(d - 1)),
            lambda: ast.NamedExpr(ast.Name("w", ast.Store()), e(d - 1)),
        ]
        return r.choice(made)()

    def statement(self, d: int) -> ast.stmt:
        e = self.expr
        target = ast.Subscript(self.name(), self.slice(1), ast.Store())
        made = [
            lambda: ast.Expr(e(d)),
            lambda: ast.Assign([ast.Name("x", ast.Store())], e(d), lineno=1),
            lambda: ast.Assign([target], e(d), lineno=1),
            lambda: ast.AugAssign(ast.Name("x", ast.Store()), ast.Add(), e(d)),
            lambda: ast.Return(e(d)),
            lambda: ast.If(e(d), [ast.Pass()], []),
            lambda: ast.For(ast.Name("x", ast.Store()), e(d), [ast.Pass()], [], lineno=1),
            lambda: ast.Assert(e(d), e(d - 1)),
        ]
        return self.r.choice(made)()


@pytest.mark.parametrize("seed", range(40))
def test_random_trees(seed: int) -> None:
    trees = Trees(seed)
    body: list[ast.stmt] = [ast.Pass(), *(trees.statement(1 + k % 4) for k in range(25))]
    tree = ast.Module([ast.FunctionDef("f", _no_arguments(), body, [], lineno=1)], [])
    text = to_source(tree)
    assert canonical(ast.parse(text)) == canonical(tree)
    assert black_text(text) == text


def _no_arguments() -> ast.arguments:
    return ast.arguments([], [], None, [], [], None, [])


def test_comments_and_blank_lines() -> None:
    tree = ast.parse(
        "def f(x):\n    y = x\n    if y:\n        z = 1\n    return y\ndef g(): return 1\nz = 2\n"
    )
    f = tree.body[0]
    f.body[0:0] = [Comment("forward")]
    f.body[2].body.insert(0, Comment("y = " + " + ".join(["a_long_operand"] * 10)))
    f.body[2].body.append(Comment("at the end"))
    f.body[3:3] = [Blank(), Comment("reverse"), Comment("")]
    tree.body.insert(1, Comment("about g"))
    tree.body[0:0] = [Comment("head"), *ast.parse("import numpy as np").body, Comment("about f")]
    tree.body.append(Blank())
    tree.body.append(Comment("tail"))
    text = to_source(tree)
    assert black_text(text) == text
    assert "\n    # forward\n    y = x\n" in text
    assert "\n\n    # reverse\n    #\n    return y\n" in text
    assert "\n\n\n# about g\ndef g():" in text
    assert "import numpy as np\n\n\n# about f\ndef f(x):" in text
    assert max(map(len, text.splitlines())) <= 88
    assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(ast.unparse(_without_ours(tree))))


def _without_ours(tree: ast.Module) -> ast.Module:
    class Drop(ast.NodeTransformer):
        def visit_Comment(self, node: Comment) -> None:
            return None

        visit_Blank = visit_Comment

    return Drop().visit(tree)


def test_a_block_of_comments_gets_a_pass() -> None:
    tree = ast.parse("if x:\n    pass")
    tree.body[0].body = [Comment("nothing")]
    assert to_source(tree) == "if x:\n    # nothing\n    pass\n"


def test_docstrings() -> None:
    text = '"""Module."""\nimport a\ndef f():\n    """One.\n\n    Two "quoted" \\\\ text:\n        deeper\n    """\nclass A:\n    "Say \\"hi\\""\n    def g(self):\n        "x"\n'
    out = to_source(ast.parse(text))
    assert black_text(out) == out
    for a, b in zip(ast.walk(ast.parse(text)), ast.walk(ast.parse(out))):
        if isinstance(a, ast.FunctionDef | ast.ClassDef | ast.Module):
            assert (ast.get_docstring(a) or "").strip() == (ast.get_docstring(b) or "").strip()


def test_docstring_that_ends_in_a_short_line() -> None:
    out = to_source(ast.parse('def f():\n    """One.\n        """\n'))
    assert out == 'def f():\n    """One."""\n' == black_text(out)
    out = to_source(ast.parse('def f():\n    """\n    One.\n      two\n"""\n'))
    assert out == 'def f():\n    """One.\n    two"""\n' == black_text(out)


def test_constants_without_a_literal() -> None:
    """Values that no literal has: they evaluate to themselves."""
    for value in (
        -1.0,
        -0.0,
        -3,
        float("inf"),
        float("-inf"),
        1 + 2j,
        -2j,
        complex(-1.5, -0.5),
        1e200 * 1e10,
    ):
        for source in ("X", "-X", "X ** 2", "2 ** X", "X * 2", "1 - X", "y[X:]", "f(X)"):
            tree = _Put(ast.Constant(value)).visit(ast.parse(source))
            text = to_source(tree)
            assert black_text(text) == text
            scope = {"y": _Echo(), "f": lambda x: x}
            try:
                wanted = eval(
                    compile(ast.fix_missing_locations(ast.Expression(tree.body[0].value)), "", "eval"), scope
                )
            except (OverflowError, ZeroDivisionError):
                continue
            assert repr(eval(text, scope)) == repr(wanted), (value, source, text)
    text = to_source(ast.Module([ast.Expr(ast.Constant(float("nan")))], []))
    assert text == 'float("nan")\n' and eval(text) != eval(text)


class _Echo:
    def __getitem__(self, s: slice) -> slice:
        return s


def test_widths() -> None:
    s = ast.parse("y = f(a, b) ** 2 + x**2").body[0]
    assert line_length(s) == len("y = f(a, b) ** 2 + x**2")
    assert line_length(s, 2) == len("y = f(a, b) ** 2 + x**2") + 8
    assert line_length(ast.parse("for i in range(n):\n    pass").body[0]) == len("for i in range(n):")
    assert expression_text(ast.parse("(a, b)", mode="eval").body) == "a, b"
    wide = ast.parse("f(" + ", ".join(["argument"] * 40) + ")", mode="eval").body
    assert len(expression_text(wide)) > 300


def test_deep_sums_and_time_without_quadratic_growth() -> None:
    long = ast.parse("y = " + " + ".join(["x"] * 700))
    assert to_source(long).count("x") == 700
    block = "def f(x):\n" + "    y = a[i, j] * b[i - 1] + c ** 2\n" * 1000

    def seconds(n: int) -> float:
        tree = ast.parse(block * n)
        start = time.perf_counter()
        to_source(tree)
        return time.perf_counter() - start

    seconds(1)
    small, large = min(seconds(2) for _ in range(3)), min(seconds(16) for _ in range(2))
    assert large < 8 * small * 3
    assert "black" not in {m.split(".")[0] for m in _modules_of_printer()}


def _modules_of_printer() -> set[str]:
    names = set()
    for name in ("printer", "statements", "expressions", "layout", "lines", "pieces", "fstrings"):
        module = sys.modules["sourcead.backend." + name]
        tree = ast.parse(open(module.__file__).read())
        for n in ast.walk(tree):
            if isinstance(n, ast.Import):
                names.update(a.name for a in n.names)
            elif isinstance(n, ast.ImportFrom) and n.module and not n.level:
                names.add(n.module)
    return names
