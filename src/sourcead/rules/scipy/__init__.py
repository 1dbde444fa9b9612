"""The parts of the book that speak of SciPy.

Each is opened when the module of SciPy that it is about has been imported (`registry.PARTS`), so that SciPy
costs nothing where it is not used, and is no dependency.
"""
