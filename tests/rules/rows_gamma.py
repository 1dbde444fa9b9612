"""Rows of the gamma function and its relatives."""

import numpy as np

from .rows import row, x

row("scipy.special.gammaln", x)
row("scipy.special.psi", x)
row("scipy.special.polygamma", 1, x, wrt=(1,))
row("scipy.special.polygamma", np.array([0, 1, 2, 3]), x, wrt=(1,))
