"""The book of rules: importing this package fills `registry.BOOK`."""

from . import (
    blocks,
    contractions,
    creation,
    einsum,
    elementwise,
    fft,
    indexing,
    inplace,
    intrinsics,
    joins,
    linalg,
    mathematics,
    numbers,
    operators,
    padding,
    polynomials,
    random,
    reductions,
    scans,
    shapes,
    splits,
)
from .registry import PARTS

PARTS.update(
    {
        "scipy.fft": ("fft",),
        "scipy.ndimage": ("ndimage", "sampling", "smoothing"),
        "scipy.signal": ("recursive", "signal", "spectra"),
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
    "blocks",
    "contractions",
    "creation",
    "einsum",
    "elementwise",
    "fft",
    "indexing",
    "inplace",
    "intrinsics",
    "joins",
    "linalg",
    "mathematics",
    "numbers",
    "operators",
    "padding",
    "polynomials",
    "random",
    "reductions",
    "scans",
    "shapes",
    "splits",
]
