"""The book of rules: importing this package fills `registry.BOOK`."""

from . import (
    contractions,
    creation,
    einsum,
    elementwise,
    indexing,
    inplace,
    intrinsics,
    joins,
    linalg,
    mathematics,
    numbers,
    operators,
    padding,
    random,
    reductions,
    scans,
    shapes,
    splits,
)
from .registry import PARTS

PARTS.update(
    {
        "scipy.special": (
            "bessel",
            "derivatives",
            "elliptic",
            "entropies",
            "errors_functions",
            "gamma",
            "hypergeometric",
            "integrals",
            "kelvin",
            "polynomials",
            "softmax",
            "waves",
        ),
        "scipy.stats": ("continuous", "descriptive", "discrete", "frozen", "multivariate"),
    }
)

__all__ = [
    "contractions",
    "creation",
    "einsum",
    "elementwise",
    "indexing",
    "inplace",
    "intrinsics",
    "joins",
    "linalg",
    "mathematics",
    "numbers",
    "operators",
    "padding",
    "random",
    "reductions",
    "scans",
    "shapes",
    "splits",
]
