"""Airy functions: four results, each the derivative of another or z times it (DLMF 9.2.1)."""

from __future__ import annotations

import numpy as np
import scipy.special as special  # noqa: F401  (the module that these rules are about)

from ...runtime import known_zero
from ..counting import elements
from ..guards import share, steep, steep_share, sum_of
from ..infer import elementwise
from ..registry import jvp, primitive, vjp

primitive("scipy.special.airy", "z", elementwise("scipy.special.airy"), cost=elements)
primitive("scipy.special.airye", "z", elementwise("scipy.special.airye"), cost=elements)


@jvp("scipy.special.airy")
def _(z, y, z_dot):
    ai, aip, bi, bip = y
    return z_dot * aip, z_dot * z * ai, steep(z_dot, bip), steep(z_dot, z * bi)


@vjp("scipy.special.airy")
def _(z, y, y_bar):
    ai, aip, bi, bip = y
    return sum_of(
        share(y_bar[0], aip),
        share(y_bar[1], z * ai),
        steep_share(y_bar[2], bip),
        steep_share(y_bar[3], z * bi),
    )


# airye: exp(2/3 z^(3/2)) times Ai and Ai', exp(-|Re 2/3 z^(3/2)|) times Bi and Bi', which is not holomorphic
def root(z):
    """d/dz of 2/3 z^(3/2); SciPy has no real values of the first two results for z < 0."""
    return np.sqrt(z) if np.iscomplexobj(z) else np.sqrt(np.maximum(z, 0.0))


def side(z):
    """The sign of Re z^(3/2)."""
    return np.sign(np.real(z * np.sqrt(z)))


@jvp("scipy.special.airye")
def _(z, y, z_dot):
    ai, aip, bi, bip = y
    r = root(z)
    w = r * z_dot
    drop = side(z) * np.real(w) if np.iscomplexobj(z) else w
    return (
        z_dot * aip + w * ai,
        z_dot * z * ai + w * aip,
        z_dot * bip - drop * bi,
        z_dot * z * bi - drop * bip,
    )


@vjp("scipy.special.airye")
def _(z, y, y_bar):
    ai, aip, bi, bip = y
    r = root(z)
    if not np.iscomplexobj(z):
        return sum_of(
            steep_share(y_bar[0], aip + r * ai),
            steep_share(y_bar[1], z * ai + r * aip),
            share(y_bar[2], bip - r * bi),
            share(y_bar[3], z * bi - r * bip),
        )
    drop = -side(z) * r  # times the real part of what the factor multiplies
    return sum_of(
        share(y_bar[0], aip + r * ai),
        share(y_bar[1], z * ai + r * aip),
        share(y_bar[2], bip),
        share(y_bar[3], z * bi),
        None if known_zero(y_bar[2]) else np.real(y_bar[2] * bi) * drop,
        None if known_zero(y_bar[3]) else np.real(y_bar[3] * bip) * drop,
    )
