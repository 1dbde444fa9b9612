"""The book of rules: importing this package fills `registry.BOOK`."""

from . import (
    contractions,
    creation,
    einsum,
    elementwise,
    indexing,
    intrinsics,
    joins,
    linalg,
    mathematics,
    numbers,
    operators,
    padding,
    reductions,
    scans,
    shapes,
    splits,
)

__all__ = [
    "contractions",
    "creation",
    "einsum",
    "elementwise",
    "indexing",
    "intrinsics",
    "joins",
    "linalg",
    "mathematics",
    "numbers",
    "operators",
    "padding",
    "reductions",
    "scans",
    "shapes",
    "splits",
]
