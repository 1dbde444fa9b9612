"""Functions of libraries that call back: roots, minima, integrals, and what applies a function to arrays.

`solver.py` says how such a call is lowered, and what its rules are; the other modules hold the functions, one
topic each.  Those of SciPy are opened when the module of SciPy that they speak of has been imported.
"""

from ..rules.registry import PARTS

for _module, _parts in {
    "numpy": ("applied",),
    "scipy.optimize": ("roots", "minima"),
    "scipy.integrate": ("quadrature", "odes"),
}.items():
    PARTS[_module] = (*PARTS.get(_module, ()), *(f"sourcead.callbacks.{p}" for p in _parts))
