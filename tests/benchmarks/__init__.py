"""Timings side by side with hand-written derivatives and with other tools.

One thread for everyone: the thread pools of BLAS are read when NumPy is imported, so this comes first.
"""

import os

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
