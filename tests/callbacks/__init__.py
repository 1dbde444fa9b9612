"""Calls that call back: SciPy's solvers, and what applies a function to arrays."""
