"""Operators of Python, on numbers and arrays, and the NumPy functions that they are on arrays."""

from __future__ import annotations

from ..ir.types import Array, Scalar
from ..runtime import is_python, known_nonzero, safe_divide, safe_multiply
from .guards import power_base, power_exponent
from .infer import elementwise
from .registry import TypeRefusal, constant, primitive, scaled


def _operator(key: str):
    """The type rule of an operator: numbers and arrays only (sequences are the compiler's own business)."""
    rule = elementwise(key)

    def infer(types, attrs):
        for t in types:
            if not isinstance(t, Scalar | Array):
                raise TypeRefusal(f"a value of type {t} where a number or an array is expected")
        if key == "operator.pow" and isinstance(types[0], Array) and types[0].dtype == "bool":
            raise TypeRefusal("a power of truth values: NumPy chooses the type by the exponent's value")
        return rule(types, attrs)

    return infer


_BINARY = {
    "add": ("Add", "add"),
    "sub": ("Sub", "subtract"),
    "mul": ("Mult", "multiply"),
    "truediv": ("Div", "divide"),
    "floordiv": ("FloorDiv", "floor_divide"),
    "mod": ("Mod", "remainder"),
    "pow": ("Pow", "power"),
    "and_": ("BitAnd", "bitwise_and"),
    "or_": ("BitOr", "bitwise_or"),
    "xor": ("BitXor", "bitwise_xor"),
    "lshift": ("LShift", "left_shift"),
    "rshift": ("RShift", "right_shift"),
}
_ALSO = {"divide": "numpy.true_divide", "remainder": "numpy.mod"}

for _name, (_spell, _ufunc) in _BINARY.items():
    primitive(
        f"operator.{_name}",
        "a b",
        _operator(f"operator.{_name}"),
        spell=("binop", _spell),
        may_raise=_name in ("truediv", "floordiv", "mod", "pow", "lshift", "rshift"),
    )
    primitive(f"numpy.{_ufunc}", "x1 x2", elementwise(f"numpy.{_ufunc}"), also=_ALSO.get(_ufunc, ""))

for _name, _spell, _ufunc in (
    ("lt", "Lt", "less"),
    ("le", "LtE", "less_equal"),
    ("gt", "Gt", "greater"),
    ("ge", "GtE", "greater_equal"),
    ("eq", "Eq", "equal"),
    ("ne", "NotEq", "not_equal"),
):
    primitive(f"operator.{_name}", "a b", _operator(f"operator.{_name}"), spell=("compare", _spell))
    primitive(f"numpy.{_ufunc}", "x1 x2", elementwise(f"numpy.{_ufunc}"))
    constant(f"operator.{_name}", f"numpy.{_ufunc}")

primitive("operator.neg", "a", _operator("operator.neg"), spell=("unary", "USub"))
primitive("operator.pos", "a", _operator("operator.pos"), spell=("unary", "UAdd"))
primitive("operator.invert", "a", _operator("operator.invert"), spell=("unary", "Invert"))
primitive("numpy.negative", "x", elementwise("numpy.negative"))
primitive("numpy.positive", "x", elementwise("numpy.positive"))
primitive("numpy.invert", "x", elementwise("numpy.invert"), also="numpy.bitwise_not")


def _not(types, attrs):
    t = types[0]
    if isinstance(t, Array) and t.ndim and not all(d.is_one for d in t.shape):
        raise TypeRefusal("`not` of an array; np.logical_not works element by element")
    return Scalar("bool")


primitive("operator.not_", "a", _not, spell=("unary", "Not"))

for _key in ("and_", "or_", "xor", "lshift", "rshift", "not_", "invert", "floordiv"):
    constant(f"operator.{_key}")
for _key in (
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "left_shift",
    "right_shift",
    "invert",
    "floor_divide",
):
    constant(f"numpy.{_key}")


def keep(g, a, b, y):
    return g


def minus(g, a, b, y):
    return -g


def times_right(g, a, b, y):
    return g * b


def times_left(g, a, b, y):
    return g * a


def divide_top(g, a, b, y):
    return g / b if known_nonzero(b) or (is_python(a) and is_python(b)) else safe_divide(g, b)


def divide_bottom(g, a, b, y):
    if known_nonzero(b) or (is_python(a) and is_python(b)):
        return -(g / b) * y
    return -safe_multiply(safe_divide(g, b), y)  # y is often still there, where a is not


def mod_bottom(g, a, b, y):
    return -g * (a // b) if known_nonzero(b) or (is_python(a) and is_python(b)) else -safe_multiply(g, a // b)


for _module, _names in (("operator", _BINARY), ("numpy", {u: None for _, u in _BINARY.values()})):
    for _names_of, _rules in (
        (("add",), (keep, keep)),
        (("sub", "subtract"), (keep, minus)),
        (("mul", "multiply"), (times_right, times_left)),
        (("truediv", "divide"), (divide_top, divide_bottom)),
        (("mod", "remainder"), (keep, mod_bottom)),
        (("pow", "power"), (power_base, power_exponent)),
    ):
        for _name in _names_of:
            if _name in _names:
                scaled(f"{_module}.{_name}", *_rules)
scaled("operator.neg", lambda g, a, y: -g)
scaled("numpy.negative", lambda g, a, y: -g)
scaled("operator.pos", lambda g, a, y: g)
scaled("numpy.positive", lambda g, a, y: g)
