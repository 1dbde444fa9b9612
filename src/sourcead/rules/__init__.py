"""The book of rules: importing this package fills `registry.BOOK`."""

from . import (
    binned,
    composed_arrays,
    composed_numbers,
    contractions,
    creation,
    einsum,
    elementwise,
    gradients,
    indexing,
    inplace,
    intrinsics,
    joins,
    linalg,
    mathematics,
    nans,
    numbers,
    operators,
    padding,
    parts,
    products,
    quantiles,
    random,
    rearranged,
    reductions,
    scans,
    shapes,
    splits,
)
from .registry import PARTS

PARTS.update(
    {
        "scipy.special": ("gamma",),
    }
)

__all__ = [
    "binned",
    "composed_arrays",
    "composed_numbers",
    "contractions",
    "creation",
    "einsum",
    "elementwise",
    "gradients",
    "indexing",
    "inplace",
    "intrinsics",
    "joins",
    "linalg",
    "mathematics",
    "nans",
    "numbers",
    "operators",
    "padding",
    "parts",
    "products",
    "quantiles",
    "random",
    "rearranged",
    "reductions",
    "scans",
    "shapes",
    "splits",
]
