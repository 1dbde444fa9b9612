"""Systems with sparse matrices: spsolve, factorizations kept for several right-hand sides, and the iterative
solvers.

As for dense matrices (Giles 2008):

    A x = b         b_bar = solve(A.T, x_bar)        entries_bar = -sampled(A, b_bar, x)

An iterative solver is run on the transposed system with the tolerances that it was given, so that the
derivative is as exact as the solution.  Where SciPy's default rtol=1e-5 stands, so are five digits of the
derivative.
"""

from __future__ import annotations

import scipy.sparse.linalg as linalg

from ...ir.types import Array, Foreign, Opaque, Scalar, const_dim, dtype_kind, new_dim
from ...runtime_sparse import sampled, with_entries
from ..composites import composite, not_covered
from ..contractions import meet
from ..counting import uncounted
from ..foreign import FOREIGN, RECOGNISED
from ..infer import array_of, promoted
from ..registry import TypeRefusal, constant, jvp, primitive, vjp
from .sparse import kind_of, sparse_product, sparse_transpose
from .sparse_matrices import Matrix

_HERE = "sourcead.rules.scipy.sparse_linalg."


def system(A, b):
    """The checks of a system A x = b; the dtype of x."""
    b = array_of(b)
    meet(A.shape[0], b.shape[0])
    dtype = promoted([Array(A.dtype, ()), Array(b.dtype, ())])
    if b.dtype == "float16":
        raise TypeRefusal("a right-hand side of float16 is not covered")
    return dtype if dtype_kind(dtype) in "fc" else "float64"


def _solution(types, attrs):
    A, b = types[0], array_of(types[-1])
    kind_of(A)
    if b.ndim not in (1, 2):
        raise TypeRefusal("the right-hand side is a vector or a matrix")
    if b.ndim == 2 and b.shape[1].is_one:
        raise TypeRefusal("SciPy returns a vector for a right-hand side with one column: pass a vector")
    return Array(system(A, b), (A.shape[1], *b.shape[1:]))


# -- spsolve ---------------------------------------------------------------------------------------------
def solve(A, entries, b, permc_spec=None, use_umfpack=True):
    return linalg.spsolve(A, b, permc_spec=permc_spec, use_umfpack=use_umfpack)


primitive(
    _HERE + "solve",
    "A entries b",
    _solution,
    keywords={"permc_spec": None, "use_umfpack": True},
    hidden=(1,),
    spell=("call", "scipy.sparse.linalg.spsolve"),
    may_raise=True,
    cost=uncounted,
)


@composite("scipy.sparse.linalg.spsolve")
def spsolve(A, b, permc_spec=None, use_umfpack=True):
    if isinstance(b, Matrix):
        not_covered("a sparse right-hand side is not covered: pass b.toarray()")
    return solve(A.object, A.entries, b, permc_spec=permc_spec, use_umfpack=use_umfpack)


@jvp(_HERE + "solve", 1)
def _(A, entries, b, y, e_dot):
    return -solve(A, entries, sparse_product(with_entries(A, e_dot), e_dot, y))


@jvp(_HERE + "solve", 2)
def _(A, entries, b, y, b_dot):
    return solve(A, entries, b_dot)


@vjp(_HERE + "solve", 1)
def _(A, entries, b, y, y_bar):
    return -sampled(A, solve(sparse_transpose(A), entries, y_bar), y)


@vjp(_HERE + "solve", 2)
def _(A, entries, b, y, y_bar):
    return solve(sparse_transpose(A), entries, y_bar)


# -- factorizations --------------------------------------------------------------------------------------
def factor(A, permc_spec=None):
    return linalg.splu(A, permc_spec=permc_spec)


def factor_solve(lu, A, entries, b, trans="N"):
    return lu.solve(b, trans)


def _factor(types, attrs):
    A = types[0]
    kind_of(A)
    meet(A.shape[0], A.shape[1])
    return Foreign("SuperLU", A.dtype, (A.shape[0], A.shape[0]))


def _by_factors(types, attrs):
    if attrs["trans"] not in ("N", "T"):
        raise TypeRefusal("trans= is covered as 'N' and 'T'")
    b = array_of(types[3])
    if b.ndim not in (1, 2):
        raise TypeRefusal("the right-hand side is a vector or a matrix")
    return Array(system(types[0], b), b.shape)


primitive(
    _HERE + "factor",
    "A",
    _factor,
    keywords={"permc_spec": None},
    spell=("call", "scipy.sparse.linalg.splu"),
    may_raise=True,
    cost=uncounted,
)
constant(_HERE + "factor")
primitive(
    _HERE + "factor_solve",
    "lu A entries b",
    _by_factors,
    keywords={"trans": "N"},
    hidden=(1, 2),
    spell=("method", "solve"),
    cost=uncounted,
)


def other_way(trans):
    return "T" if trans == "N" else "N"


def product_as(A, entries, x, trans):
    return sparse_product(A if trans == "N" else sparse_transpose(A), entries, x)


@jvp(_HERE + "factor_solve", 2)
def _(lu, A, entries, b, y, e_dot, *, trans):
    b_dot = product_as(with_entries(A, e_dot), e_dot, y, trans)
    return -factor_solve(lu, A, entries, b_dot, trans=trans)


@jvp(_HERE + "factor_solve", 3)
def _(lu, A, entries, b, y, b_dot, *, trans):
    return factor_solve(lu, A, entries, b_dot, trans=trans)


@vjp(_HERE + "factor_solve", 2)
def _(lu, A, entries, b, y, y_bar, *, trans):
    b_bar = factor_solve(lu, A, entries, y_bar, trans=other_way(trans))
    return -sampled(A, b_bar, y) if trans == "N" else -sampled(A, y, b_bar)


@vjp(_HERE + "factor_solve", 3)
def _(lu, A, entries, b, y, y_bar, *, trans):
    return factor_solve(lu, A, entries, y_bar, trans=other_way(trans))


class Factors:
    """What `splu` gives: the factors of a sparse matrix.  `matrix` is None for those from outside."""

    object = None
    matrix = None
    entries = None

    def solve(self, rhs, trans="N"):
        return factor_solve(self.object, self.matrix, self.entries, rhs, trans=trans)

    __call__ = solve


FOREIGN["SuperLU"] = Factors


@RECOGNISED.append
def recognised(obj):
    """The type of a factorization of a sparse matrix."""
    if not isinstance(obj, linalg.SuperLU):
        return None
    n = const_dim(1) if obj.shape[0] == 1 else new_dim(True)
    return Foreign("SuperLU", "float64" if obj.L.dtype.kind == "f" else "complex128", (n, n))


def factors_of(A, permc_spec):
    if isinstance(A, Matrix):
        lu = factor(A.object, permc_spec=permc_spec)
        lu.matrix, lu.entries = A.object, A.entries
        return lu
    not_covered("a sparse matrix is factorized")


@composite("scipy.sparse.linalg.splu")
def splu(A, permc_spec=None, diag_pivot_thresh=None, relax=None, panel_size=None, options=None):
    if diag_pivot_thresh is not None or relax is not None or panel_size is not None or options is not None:
        not_covered("permc_spec= alone is covered")
    return factors_of(A, permc_spec)


@composite("scipy.sparse.linalg.factorized")
def factorized(A):
    return factors_of(A, None)


# -- iterative solvers -----------------------------------------------------------------------------------
def _iterative(types, attrs):
    A, b = types[0], array_of(types[2])
    kind_of(A)
    if b.ndim != 1:
        raise TypeRefusal("the right-hand side is a vector")
    if len(types) > 4 and not isinstance(types[4], Opaque):
        kind_of(types[4])
    return Array(system(A, b), b.shape), Scalar("int64")


def iterative(name, keywords):
    """The primitive of an iterative solver, and the composite that calls it."""
    method = getattr(linalg, name)

    def run(A, entries, b, x0=None, M=None, **options):
        return method(A, b, x0, M=M, **options)

    run.__name__ = f"run_{name}"
    globals()[run.__name__] = run
    primitive(
        _HERE + run.__name__,
        "A entries b x0 M",
        _iterative,
        keywords={"rtol": 1e-5, "atol": 0.0, "maxiter": None, "restart": None, **keywords},
        fixed="" if name == "gmres" else "restart",
        hidden=(1,),
        order="A entries b x0 rtol M",
        spell=("call", f"scipy.sparse.linalg.{name}"),
        may_raise=True,
        cost=uncounted,
    )
    return run


def rules_of_iterative(name, symmetric):
    run = iterative(name, {})
    key = _HERE + run.__name__

    @composite(f"scipy.sparse.linalg.{name}")
    def solver(A, b, x0=None, *, rtol=1e-5, atol=0.0, maxiter=None, M=None, callback=None):
        if callback is not None:
            not_covered("callback= is not covered")
        if not isinstance(A, Matrix):
            not_covered("A is covered as a sparse matrix")
        return run(A.object, A.entries, b, x0, M=M, rtol=rtol, atol=atol, maxiter=maxiter)

    @jvp(key, 1)
    def _(A, entries, b, x0, M, y, e_dot, *, rtol, atol, maxiter):
        b_dot = -sparse_product(with_entries(A, e_dot), e_dot, y[0])
        return run(A, entries, b_dot, None, M=M, rtol=rtol, atol=atol, maxiter=maxiter)[0], 0

    @jvp(key, 2)
    def _(A, entries, b, x0, M, y, b_dot, *, rtol, atol, maxiter):
        return run(A, entries, b_dot, None, M=M, rtol=rtol, atol=atol, maxiter=maxiter)[0], 0

    def adjoint(A, entries, M, g, rtol, atol, maxiter):
        if not symmetric:
            A, M = sparse_transpose(A), None if M is None else sparse_transpose(M)
        return run(A, entries, g, None, M=M, rtol=rtol, atol=atol, maxiter=maxiter)[0]

    @vjp(key, 1)
    def _(A, entries, b, x0, M, y, y_bar, *, rtol, atol, maxiter):
        return -sampled(A, adjoint(A, entries, M, y_bar[0], rtol, atol, maxiter), y[0])

    @vjp(key, 2)
    def _(A, entries, b, x0, M, y, y_bar, *, rtol, atol, maxiter):
        return adjoint(A, entries, M, y_bar[0], rtol, atol, maxiter)

    jvp(key, 3)(None)  # where it starts is of no account for the solution
    vjp(key, 3)(None)


for _name in ("cg", "cgs", "bicg", "bicgstab", "tfqmr"):
    rules_of_iterative(_name, _name == "cg")


def rules_of_gmres():
    run = iterative("gmres", {})
    key = _HERE + run.__name__

    @composite("scipy.sparse.linalg.gmres")
    def gmres(
        A, b, x0=None, *, rtol=1e-5, atol=0.0, restart=None, maxiter=None, M=None, callback=None,
        callback_type=None,
    ):  # fmt: skip
        if callback is not None:
            not_covered("callback= is not covered")
        if not isinstance(A, Matrix):
            not_covered("A is covered as a sparse matrix")
        return run(A.object, A.entries, b, x0, M=M, rtol=rtol, atol=atol, restart=restart, maxiter=maxiter)

    @jvp(key, 1)
    def _(A, entries, b, x0, M, y, e_dot, *, rtol, atol, restart, maxiter):
        b_dot = -sparse_product(with_entries(A, e_dot), e_dot, y[0])
        options = {"rtol": rtol, "atol": atol, "restart": restart, "maxiter": maxiter}
        return run(A, entries, b_dot, None, M=M, **options)[0], 0

    @jvp(key, 2)
    def _(A, entries, b, x0, M, y, b_dot, *, rtol, atol, restart, maxiter):
        options = {"rtol": rtol, "atol": atol, "restart": restart, "maxiter": maxiter}
        return run(A, entries, b_dot, None, M=M, **options)[0], 0

    def adjoint(A, entries, M, g, rtol, atol, restart, maxiter):
        turned = None if M is None else sparse_transpose(M)
        options = {"rtol": rtol, "atol": atol, "restart": restart, "maxiter": maxiter}
        return run(sparse_transpose(A), entries, g, None, M=turned, **options)[0]

    @vjp(key, 1)
    def _(A, entries, b, x0, M, y, y_bar, *, rtol, atol, restart, maxiter):
        return -sampled(A, adjoint(A, entries, M, y_bar[0], rtol, atol, restart, maxiter), y[0])

    @vjp(key, 2)
    def _(A, entries, b, x0, M, y, y_bar, *, rtol, atol, restart, maxiter):
        return adjoint(A, entries, M, y_bar[0], rtol, atol, restart, maxiter)

    jvp(key, 3)(None)
    vjp(key, 3)(None)


rules_of_gmres()
