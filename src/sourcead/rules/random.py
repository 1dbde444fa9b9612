"""Random numbers: a draw is an effect that happens once, in the forward sweep, and its result is a constant.

Draws of a location-scale family differentiate through their parameters: `rng.normal(mu, sigma)` is `mu +
sigma * z` with the z that was drawn.
"""

from __future__ import annotations

from ..ir.types import Array, Opaque, Scalar
from .infer import broadcast_dims, dims_of
from .registry import TypeRefusal, constant, primitive, scaled

GENERATOR = Opaque("Generator")


def _generator(types, attrs):
    return GENERATOR


primitive("numpy.random.default_rng", "seed", _generator, effect=True)
constant("numpy.random.default_rng")


def _draw(dtype: str, parameters: int):
    """The type of a draw: the shape of `size`, or the shape that the parameters broadcast to; a number
    without axes is a Python number."""

    def infer(types, attrs):
        if types[0] != GENERATOR:
            raise TypeRefusal("this is a method of numpy.random.Generator")
        size = types[parameters + 1] if len(types) > parameters + 1 else None
        if size is not None and not (isinstance(size, Opaque) and size.what == "NoneType"):
            shape = dims_of(size)
            return Array(dtype, shape, True) if shape else Array(dtype, (), True)
        shapes = [t.shape for t in types[1 : parameters + 1] if isinstance(t, Array)]
        return Array(dtype, broadcast_dims(shapes), True) if shapes else Scalar(dtype, False)

    return infer


_LOCATION = {"loc": 0.0, "scale": 1.0}
for _name, _defaults, _dtype in (
    ("normal", _LOCATION, "float64"),
    ("uniform", {"low": 0.0, "high": 1.0}, "float64"),
    ("laplace", _LOCATION, "float64"),
    ("logistic", _LOCATION, "float64"),
    ("gumbel", _LOCATION, "float64"),
    ("exponential", {"scale": 1.0}, "float64"),
    ("standard_normal", {}, "float64"),
    ("random", {}, "float64"),
    ("integers", {"low": 0, "high": None}, "int64"),
):
    primitive(
        f"numpy.random.Generator.{_name}",
        " ".join(["rng", *_defaults, "size"]),
        _draw(_dtype, len(_defaults)),
        effect=True,
        defaults=_defaults,
        spell=("method", _name),
    )

for _name in ("normal", "laplace", "logistic", "gumbel"):
    scaled(
        f"numpy.random.Generator.{_name}",
        None,
        lambda g, rng, loc, scale, size, y: g,
        lambda g, rng, loc, scale, size, y: g * (y - loc) / scale,
    )
scaled(
    "numpy.random.Generator.uniform",
    None,
    lambda g, rng, low, high, size, y: g * (high - y) / (high - low),
    lambda g, rng, low, high, size, y: g * (y - low) / (high - low),
)
scaled("numpy.random.Generator.exponential", None, lambda g, rng, scale, size, y: g * y / scale)
constant(*(f"numpy.random.Generator.{n}" for n in ("standard_normal", "random", "integers")))


def _permutation(types, attrs):
    if len(types) < 2 or not isinstance(types[1], Scalar):
        raise TypeRefusal("the permutation of n numbers is covered; permute an array with it as index")
    return Array("int64", dims_of(types[1]), True)


primitive(
    "numpy.random.Generator.permutation", "rng x", _permutation, effect=True, spell=("method", "permutation")
)
constant("numpy.random.Generator.permutation")
