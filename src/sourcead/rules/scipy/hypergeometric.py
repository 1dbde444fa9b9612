"""Hypergeometric functions, by their argument (DLMF 13.3.15, 13.3.22, 15.5.1, 16.3.1).  By the parameters
there are only series: that is refused."""

from __future__ import annotations

import scipy.special as special

from ..guards import over, steep
from ..registry import unknown
from .ufuncs import ufunc


def hypergeometric(name: str, params: str, slope) -> None:
    ufunc(name, *[unknown] * (len(params.split()) - 1), slope, params=params)


hypergeometric("hyp0f1", "v z", lambda g, v, z, y: over(g * special.hyp0f1(v + 1, z), v))
hypergeometric("hyp1f1", "a b x", lambda g, a, b, x, y: over(g * a * special.hyp1f1(a + 1, b + 1, x), b))
hypergeometric(
    "hyp2f1",
    "a b c z",
    lambda g, a, b, c, z, y: over(steep(g * a * b, special.hyp2f1(a + 1, b + 1, c + 1, z)), c),
)
hypergeometric("hyperu", "a b x", lambda g, a, b, x, y: steep(-g * a, special.hyperu(a + 1, b + 1, x)))
