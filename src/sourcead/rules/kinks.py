"""What derivatives are where there are none: the conventions at kinks, ties and poles.

They hold in both modes and at every order, and for the method and operator spellings.  What is not named
here has at a pole what its formula gives, an infinity or nan; a zero adjoint or tangent contributes zero
there too.
"""

from __future__ import annotations

KINKS: dict[str, str] = {}


def _say(text: str, *keys: str) -> None:
    KINKS.update(dict.fromkeys(keys, text))


_say("0 at 0", "builtins.abs", "math.fabs", "numpy.absolute", "numpy.fabs", "numpy.sinc", "numpy.angle")
_say("0 where both are 0", "math.hypot", "numpy.hypot", "math.atan2", "numpy.arctan2")
_say("ties share equally", "builtins.max", "builtins.min", "numpy.max", "numpy.min", "numpy.ptp")
_say("ties share equally", "numpy.maximum", "numpy.minimum", "numpy.fmax", "numpy.fmin")
_say("half at the bounds", "numpy.clip")
_say("0 for zeros; ties of `inf`, 1 and 2 share equally", "numpy.linalg.norm", "scipy.linalg.norm")
_say("0 where all are equal", "numpy.std")
_say("exact where elements are 0", "numpy.prod", "numpy.cumprod")
_say("exact for singular matrices", "numpy.linalg.det", "scipy.linalg.det")
_say("nan for singular matrices", "numpy.linalg.slogdet")
_say(
    "for a constant rank",
    "numpy.linalg.pinv",
    "scipy.linalg.pinv",
    "numpy.linalg.lstsq",
    "scipy.linalg.lstsq",
)
_say("equal elements in their order", "numpy.sort")
_say("`x**0` gives 0; by the exponent 0 where the base is 0", "operator.pow", "builtins.pow", "math.pow")
_say("`x**0` gives 0; by the exponent 0 where the base is 0", "numpy.power", "numpy.float_power")
_say("infinite at 0", "math.sqrt", "numpy.sqrt", "math.cbrt", "numpy.cbrt")
_say("1 and minus the floored quotient, at multiples too", "operator.mod", "numpy.remainder", "numpy.fmod")
_say("at a knot of the piece to its right, at the last of that to its left", "numpy.interp")
_say(
    "0 where an eigenvalue is repeated and the adjoint of its vectors is 0",
    "numpy.linalg.eigh",
    "scipy.linalg.eigh",
    "numpy.linalg.eig",
)
_say(
    "0 where a singular value is repeated and the adjoint of its vectors is 0",
    "numpy.linalg.svd",
    "scipy.linalg.svd",
)
_say("0 by the first operand", "numpy.heaviside")
_say("of the factor `exp(-abs(x))` 0 at 0", "scipy.special.i0e", "scipy.special.i1e", "scipy.special.ive")
_say("at 0 and pi as from inside", "scipy.special.sph_harm_y")
_say("exact for equal points; `nan` below 0", "scipy.special.elliprc", "scipy.special.elliprd")
_say("exact for equal points; `nan` below 0", "scipy.special.elliprj", "scipy.special.elliprg")
_say("exact at m = 0", "scipy.special.ellipk", "scipy.special.ellipe", "scipy.special.ellipj")
_say("exact at m = 0", "scipy.special.ellipkinc", "scipy.special.ellipeinc")
_say("exact at 0; infinite at the branch point", "scipy.special.lambertw")
