"""The gamma function and its relatives."""

from __future__ import annotations

import scipy.special as special

from ..counting import elements
from ..infer import elementwise
from ..registry import primitive, scaled

primitive(
    "scipy.special.psi", "z", elementwise("scipy.special.psi"), also="scipy.special.digamma", cost=elements
)
primitive("scipy.special.rgamma", "z", elementwise("scipy.special.rgamma"), cost=elements)
scaled("scipy.special.rgamma", lambda g, z, y: -g * y * special.psi(z))
primitive("scipy.special.gammaln", "x", elementwise("scipy.special.gammaln"), cost=elements)
scaled("scipy.special.gammaln", lambda g, x, y: g * special.psi(x))
primitive("scipy.special.polygamma", "n x", elementwise("scipy.special.polygamma"), cost=elements)
scaled("scipy.special.psi", lambda g, x, y: g * special.polygamma(1, x))
scaled("scipy.special.polygamma", None, lambda g, n, x, y: g * special.polygamma(n + 1, x))
