"""How many floating point operations a primitive does, as formulas in the shapes of its operands.

One operation is one `+ - * /`, one comparison that picks a float (`maximum`), or one function of one number
(`exp`, `tanh`, a power): what a function costs inside depends on the machine.  Operations on complex numbers
count as one.  A change of sign is none: it goes into the sum or product around it.  Work on whole numbers,
truth values and memory (indices, copies, masks, sorting) is no floating point operation.  Of what LAPACK
does, the term of the highest order counts.

A primitive that is not in the table has no count that anybody vouched for: its cost is a symbol of its own.
"""

from __future__ import annotations

from math import prod
from typing import Any

from .contractions import pairs
from .counting import (
    Attrs,
    Formula,
    Lengths,
    Shapes,
    elements,
    nothing,
    operand,
    per_element,
    per_operand,
    uncounted,
)
from .einsum import terms
from .registry import BOOK

COSTS: dict[str, Formula] = {}


def _add(formula: Formula, package: str, names: str) -> None:
    for name in names.split():
        COSTS[f"{package}.{name}" if package else name] = formula


def cost_of(key: str) -> Formula | None:
    """The formula of a primitive: its own, else that of the table; None where nobody counted."""
    p = BOOK.get(key)
    return p.cost if p is not None and p.cost is not None else COSTS.get(key)


# -- contractions: a product and a sum for each pair of elements that meet -----------------------------------
def _matmul(operands: Shapes, out: Lengths, attrs: Attrs) -> Any:
    return 2 * prod(out) * operands[0][-1]


def _dot(operands: Shapes, out: Lengths, attrs: Attrs) -> Any:
    if not operands[0] or not operands[1]:
        return prod(out)
    return 2 * prod(out) * operands[0][-1]


def _vdot(operands: Shapes, out: Lengths, attrs: Attrs) -> Any:
    return 2 * prod(operands[0])


def _tensordot(operands: Shapes, out: Lengths, attrs: Attrs) -> Any:
    a, b = operands
    summed, *_ = pairs(attrs.get("axes", 2), len(a), len(b))
    return 2 * prod(out) * prod(a[k] for k in summed)


def _einsum(operands: Shapes, out: Lengths, attrs: Attrs) -> Any:
    """The plain loop nest over all letters: the products of the operands, and a sum where a letter goes."""
    inputs, target = terms(attrs["subscripts"])
    lengths: dict[str, Any] = {}
    for names, shape in zip(inputs, operands):
        at = names.index("...") if "..." in names else len(names)
        extra = len(shape) - len(names.replace("...", ""))
        letters = [*names[:at], *(f".{k}" for k in range(-extra, 0)), *names[at:].replace("...", "")]
        for letter, n in zip(letters, shape):
            if letter not in lengths or lengths[letter] == 1:
                lengths[letter] = n
    adds = any(letter not in target for letter in lengths if letter[0] != ".")
    return (len(operands) - 1 + adds) * prod(lengths.values())


def _mean(operands: Shapes, out: Lengths, attrs: Attrs) -> Any:
    return prod(operands[0]) + prod(out)


def _convolve(operands: Shapes, out: Lengths, attrs: Attrs) -> Any:
    return 2 * prod(operands[0]) * prod(operands[1])


def _polyval(operands: Shapes, out: Lengths, attrs: Attrs) -> Any:
    return 2 * prod(operands[0]) * prod(out)


# -- linear algebra: a stack of n by n matrices ----------------------------------------------------------
def _cubic(numerator: int, denominator: int) -> Formula:
    def formula(operands: Shapes, out: Lengths, attrs: Attrs) -> Any:
        *stack, n, _ = operands[0]
        return prod(stack) * n**3 * numerator / denominator

    return formula


def _solve(operands: Shapes, out: Lengths, attrs: Attrs) -> Any:
    """One factorization for each matrix, and two triangular systems for each right-hand side."""
    *stack, n, _ = operands[0]
    return prod(stack) * n**3 * 2 / 3 + 2 * n * prod(out)


def _substitution(passes: int) -> Formula:
    """So many triangular systems for each right-hand side."""
    return lambda operands, out, attrs: passes * operands[0][-1] * prod(out)


_add(
    elements,
    "numpy",
    """absolute add angle arccos arccosh arcsin arcsinh arctan arctan2 arctanh cbrt ceil clip copysign cos
    cosh deg2rad diff divide exp exp2 expm1 fabs fix float_power floor floor_divide fmax fmin fmod
    heaviside hypot linspace log log10 log1p log2 logaddexp logaddexp2 maximum minimum multiply
    nextafter outer power rad2deg reciprocal remainder rint round sign sin sinc sinh
    spacing sqrt square subtract tan tanh trunc""",
)
_add(elements, "operator", "add floordiv mod mul pow sub truediv")
_add(elements, "builtins", "abs divmod pow round max min")
_add(
    elements,
    "math",
    """acos acosh asin asinh atan atan2 atanh cbrt copysign cos cosh degrees erf erfc exp exp2 expm1 fabs
    fmod gamma hypot ldexp lgamma log log10 log1p log2 pow radians remainder sin sinh sqrt tan tanh
    ulp""",
)
_add(
    elements,
    "numpy.random.Generator",
    "exponential gumbel laplace logistic normal random standard_normal uniform",
)
_add(
    elements,
    "sourcead.runtime",
    """polygamma safe_divide safe_log safe_multiply safe_power safe_subtract sinc_derivative add_lists""",
)
_add(operand, "numpy", "cumprod cumsum max min prod sum")
_add(operand, "sourcead.runtime", "fold_windows product_before unbroadcast")
_add(_mean, "numpy", "mean")
_add(per_operand(2), "numpy", "ptp linalg.norm")
_add(per_operand(4), "numpy", "std var")
_add(per_element(3), "numpy", "cross interp")
_add(lambda operands, out, attrs: operands[0][0], "numpy", "trace")
_add(_matmul, "", "numpy.matmul operator.matmul")
_add(_dot, "numpy", "dot inner")
_add(_vdot, "numpy", "vdot")
_add(_tensordot, "numpy", "tensordot")
_add(_einsum, "numpy", "einsum")
_add(_convolve, "numpy", "convolve")
_add(_polyval, "numpy", "polyval")
_add(_cubic(1, 3), "numpy.linalg", "cholesky")
_add(_cubic(2, 3), "numpy.linalg", "det slogdet")
_add(_cubic(2, 1), "numpy.linalg", "inv")
_add(_cubic(9, 1), "numpy.linalg", "eigh")
_add(_solve, "numpy.linalg", "solve")
_add(_solve, "sourcead.runtime_matrices", "solve_or_nan")
_add(_cubic(1, 3), "scipy.linalg", "cholesky cho_factor")
_add(_cubic(2, 3), "scipy.linalg", "det lu lu_factor")
_add(_cubic(2, 1), "scipy.linalg", "inv")
_add(_solve, "scipy.linalg", "solve")
_add(_substitution(2), "scipy.linalg", "lu_solve cho_solve")
_add(_substitution(1), "scipy.linalg", "solve_triangular")
_add(per_operand(2), "scipy.linalg", "norm")
_add(per_operand(2), "numpy", "vecdot linalg.vecdot linalg.vector_norm linalg.matrix_norm")
_add(elements, "numpy", "kron linalg.outer")
_add(lambda operands, out, attrs: prod(operands[0][:-1]), "numpy", "linalg.trace")
_add(lambda operands, out, attrs: 2 * prod(operands[0]), "sourcead.runtime_bands", "band_times band_of")
_add(lambda operands, out, attrs: 2 * prod(out), "sourcead.runtime", "linear_scan")
_add(lambda operands, out, attrs: prod(operands[2]), "sourcead.runtime", "add_along_axis")
_add(
    nothing,
    "numpy",
    """all allclose any append arange argmax argmin argsort argwhere array array_equal array_split asarray
    ascontiguousarray atleast_1d atleast_2d atleast_3d bitwise_and bitwise_or bitwise_xor bool_
    broadcast_to column_stack complex128 complex64 concatenate conjugate copy count_nonzero diag
    diagonal empty empty_like equal expand_dims eye flatnonzero flip fliplr flipud float16 float32
    float64 full full_like gcd greater greater_equal hstack identity imag indices int16 int32 int64
    int8 invert isclose iscomplexobj isfinite isin isinf isnan isrealobj lcm left_shift less
    less_equal lib.stride_tricks.sliding_window_view logical_and logical_not logical_or logical_xor
    meshgrid moveaxis nan_to_num ndarray.T
    ndarray.astype ndarray.conjugate ndarray.copy ndarray.flatten ndarray.imag ndarray.item
    ndarray.real ndim negative nonzero not_equal ones ones_like pad positive random.Generator.integers
    random.Generator.permutation random.default_rng ravel real repeat reshape right_shift roll
    searchsorted signbit size sort
    split squeeze stack swapaxes take take_along_axis tile transpose tril triu uint8 vstack where
    zeros zeros_like""",
)
_add(nothing, "operator", "and_ eq ge gt invert le lshift lt ne neg not_ or_ pos rshift xor")
_add(lambda operands, out, attrs: len(operands), "builtins", "sum")
_add(nothing, "builtins", "bool complex float int len")
_add(nothing, "math", "ceil comb factorial floor gcd isclose isfinite isinf isnan isqrt lcm perm trunc")
_add(elements, "sourcead.runtime", "accumulate exp expm1 log log1p maximum minimum tanh")
_add(
    nothing,
    "sourcead.runtime",
    "at_least bound broadcast_length fits_length nonempty same_length select wrapped",
)
_add(nothing, "sourcead.runtime", "next_snapshot repeated reshape_is_view shift stop_gradient written_last")

# the rest of NumPy: NaNs are left out by a comparison, which is no operation
_add(elements, "numpy", "divmod frexp geomspace i0 ldexp modf unwrap")
_add(operand, "numpy", "nancumprod nancumsum nanmax nanmin nanprod nansum")
_add(_mean, "numpy", "nanmean")
_add(per_operand(4), "numpy", "nanstd nanvar")
_add(per_operand(3), "numpy", "gradient")
_add(_matmul, "numpy", "matvec vecdot vecmat")
_add(lambda operands, out, attrs: prod(operands[0]), "numpy", "bincount histogram")
_add(per_element(3), "numpy", "median nanmedian nanpercentile nanquantile percentile quantile")
_add(
    nothing,
    "numpy",
    """argpartition broadcast_shapes delete diag_indices diag_indices_from digitize insert ix_ lexsort
    nanargmax nanargmin partition resize tri tril_indices tril_indices_from triu_indices triu_indices_from
    unique""",
)
_add(nothing, "sourcead.runtime", "quantile_weights")
_add(uncounted, "sourcead.runtime", "bessel_i")  # a series, as many terms as it needs

# LAPACK's iterations for singular values, and segments, which may overlap
_add(uncounted, "sourcead.runtime", "cofactors cofactors_along")
_add(
    uncounted,
    "numpy.linalg",
    """cond eig eigvals eigvalsh lstsq matrix_power matrix_rank multi_dot pinv qr svd svdvals tensorinv
    tensorsolve""",
)
_add(
    uncounted,
    "scipy.linalg",
    """eigh eigvalsh expm expm_frechet logm lstsq pinv polar qr solve_banded solve_continuous_are
    solve_continuous_lyapunov solve_discrete_are solve_discrete_lyapunov solve_sylvester solve_toeplitz
    solveh_banded sqrtm svd svdvals""",
)
_add(nothing, "scipy.linalg", "block_diag circulant hankel toeplitz")
_add(nothing, "sourcead.runtime_matrices", "expect_real nonsingular")
_add(nothing, "sourcead.runtime_bands", "band_transpose")
_add(uncounted, "numpy", "add.reduceat")
# frequencies, structures, places: no arithmetic on numbers that anybody differentiates
_add(nothing, "numpy.fft", "fftfreq rfftfreq")
_add(nothing, "scipy.fft", "fftfreq rfftfreq next_fast_len")
_add(nothing, "scipy.sparse", "eye identity")
_add(nothing, "scipy.spatial.distance", "squareform")
_add(nothing, "sourcead.rules.scipy.grids", "values_of x_of y_of grid_of")
_add(nothing, "sourcead.rules.scipy.sparse", "sparse_data sparse_indices sparse_indptr sparse_transpose")
_add(nothing, "sourcead.runtime_sparse", "places with_entries picked handed_out")
_add(nothing, "sourcead.runtime_pieces", "interval enough")
_add(per_operand(3), "scipy.spatial.distance", "euclidean sqeuclidean cityblock chebyshev")
# how many entries a sparse matrix has shows only at run time
_add(
    uncounted,
    "sourcead.rules.scipy.sparse",
    "sparse_dense sparse_as sparse_scaled sparse_sum sparse_assembled",
)
_MADE = " ".join(f"made_{k}_{c}" for k in ("csr", "csc", "coo") for c in ("matrix", "array"))
_add(uncounted, "sourcead.rules.scipy.sparse_matrices", _MADE)
_add(uncounted, "sourcead.runtime_sparse", "sampled gathered")
_add(uncounted, "sourcead.runtime_pieces", "piece_values piece_adjoint per_interval")

__all__ = ["COSTS", "cost_of"]
