"""Elementary functions and maxima of numbers for Numba; as those of `runtime.py`, through which generated
code has them.

Under Numba a loop over `np.exp` calls the C library for each number, and one over `np.maximum` branches for
nan; these are arithmetic there (`runtime_numba_elementary.py`), of which the processor does several numbers
at a time.
"""

from __future__ import annotations

import numpy as np


def exp(x):
    """e to the power of x, a float.

    >>> float(exp(0.0))
    1.0
    """
    return np.exp(x)


def expm1(x):
    """exp(x) - 1 for a float, exact where x is small.

    >>> float(expm1(1e-300))
    1e-300
    """
    return np.expm1(x)


def log(x):
    """The natural logarithm of a float.

    >>> float(log(1.0))
    0.0
    """
    return np.log(x)


def log1p(x):
    """log(1 + x) for a float, exact where x is small.

    >>> float(log1p(1e-300))
    1e-300
    """
    return np.log1p(x)


def tanh(x):
    """The hyperbolic tangent of a float.

    >>> float(tanh(0.0))
    0.0
    """
    return np.tanh(x)


def maximum(a, b):
    """The larger of two floats; nan where one is.

    >>> float(maximum(1.0, 2.0))
    2.0
    """
    return np.maximum(a, b)


def minimum(a, b):
    """The smaller of two floats; nan where one is.

    >>> float(minimum(1.0, 2.0))
    1.0
    """
    return np.minimum(a, b)
