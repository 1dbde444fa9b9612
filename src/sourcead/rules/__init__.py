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
        "scipy.special": ("derivatives", "entropies", "errors_functions", "gamma", "softmax"),
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
