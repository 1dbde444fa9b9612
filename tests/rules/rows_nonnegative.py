"""Rows of least squares with bounds."""

import numpy as np
import scipy.optimize

from .rows import row

TALL = np.array([[1.0, 0.2, -0.4], [0.3, 1.5, 0.1], [-0.2, 0.4, 0.9], [0.5, -0.7, 0.3]])
row("scipy.optimize.nnls", TALL, np.array([1.0, 2.0, 0.7, -0.3]))  # all free
row("scipy.optimize.nnls", TALL, np.array([1.0, 2.0, -1.7, 0.3]))  # one at the bound
row("scipy.optimize.nnls", TALL, -np.array([3.0, 2.0, 0.7, 0.3]))
_ = scipy.optimize
