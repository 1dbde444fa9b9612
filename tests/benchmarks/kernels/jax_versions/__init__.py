"""The kernels as one writes them in JAX: the same arguments and the same number, by the same name.

Loops are `fori_loop` and `scan` of static lengths, so that reverse mode works; whole numbers are static.
Where JAX has one call for what a kernel's loops do (a Cholesky factor, a convolution), the loops stay where
the algorithm is what the kernel is about, and the call is taken where it is the same operation.
"""
