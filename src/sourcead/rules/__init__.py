"""The book of rules: importing this package fills `registry.BOOK`."""

from . import (
    contractions,
    creation,
    decompositions,
    determinants,
    eigen,
    einsum,
    elementwise,
    indexing,
    inplace,
    intrinsics,
    joins,
    least_squares,
    mathematics,
    matrix_products,
    norms,
    numbers,
    operators,
    padding,
    random,
    reductions,
    scans,
    shapes,
    splits,
    systems,
)
from .registry import PARTS

PARTS.update(
    {
        "scipy.linalg": (
            "factored_systems",
            "linear_systems",
            "matrix_equations",
            "matrix_factors",
            "matrix_functions",
            "matrix_norms",
            "structured_matrices",
        ),
        "scipy.special": ("derivatives", "entropies", "errors_functions", "gamma", "softmax"),
        "scipy.stats": ("continuous", "descriptive", "discrete", "frozen", "multivariate"),
    }
)

__all__ = [
    "contractions",
    "creation",
    "decompositions",
    "determinants",
    "eigen",
    "einsum",
    "elementwise",
    "indexing",
    "inplace",
    "intrinsics",
    "joins",
    "least_squares",
    "mathematics",
    "matrix_products",
    "norms",
    "numbers",
    "operators",
    "padding",
    "random",
    "reductions",
    "scans",
    "shapes",
    "splits",
    "systems",
]
