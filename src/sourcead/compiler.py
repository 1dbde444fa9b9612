"""The whole way, a line for each stage:

function -> lower -> IR -> transform -> IR -> clean -> IR -> emit -> text -> load -> callable

lower       frontend/lower.py    the function's AST, for arguments of one structure and type (`Signature`)
transform   ad/reverse.py        forward sweep and reverse sweep, residuals chosen
            ad/forward.py        tangents beside values
clean       passes/              simplify, merge, remove what nobody needs
emit        backend/             buffers in place, expressions, names, statements; then text
load        backend/load.py      executed, and in linecache
"""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

from . import rules, source
from .ad.checkpoints import forget_slots
from .ad.forward import forward
from .ad.reverse import reverse
from .ad.split import distinct, split
from .backend import jit
from .backend.callees import name_callees
from .backend.emit import emit
from .backend.load import load
from .backend.outside import is_plain, outside
from .backend.parallel import parallel_loops
from .backend.printer import to_source
from .backend.signature import Argument, rewrap
from .backend.spelling import Needs
from .frontend.lower import Lowered, lower
from .frontend.trees import Tree, leaves
from .ir.core import Constant, Function, Span, Value
from .ir.printer import show
from .ir.rewrite import clone
from .ir.types import is_inexact
from .options import NUMPY, Options
from .outputs import Slots, adjoint_structure, as_primal, first_of_pair, need_scalar, wanted, without_fixed
from .passes.hidden import drop_hidden
from .passes.loops import array_loops
from .passes.pipeline import clean, settle
from .passes.respell import respell

_ = rules  # importing the package fills the book


@dataclass
class Compiled:
    """One derivative for one structure of arguments: its text, its functions, and what it was on the way."""

    text: str
    functions: dict[str, Any]
    entry: Any
    lowered: Lowered
    stages: dict[str, str]
    needs: Needs
    ir: tuple[Function, ...] = ()  # what was emitted
    helpers: tuple[FunctionType, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)
    guards: tuple[tuple[dict[str, Any], str, Any], ...] = ()  # globals that must still be what they were
    options: Options = NUMPY
    jitted: dict[str, Any] = field(default_factory=dict)  # under Numba: the compiled functions of `functions`
    spans: dict[int, Any] = field(default_factory=dict)  # under Numba: the user's place for each line of text


# -- the derivatives ----------------------------------------------------------------------------------------


def compile_grad(
    fn: Any,
    trees: list[tuple[str, Tree]],
    argnums: tuple[int, ...],
    one: bool,
    value: bool,
    has_aux: bool = False,
    options: Options = NUMPY,
) -> Compiled:
    """`grad` and `value_and_grad`: the joint function with seed 1."""
    lowered = lower(fn, trees)
    name = lowered.function.name
    groups = wanted(lowered, argnums, name)
    primal = lowered.function
    main = primal
    result_tree = lowered.result
    if has_aux:
        main, result_tree = first_of_pair(lowered)
    need_scalar(Lowered(main, lowered.names, lowered.trees, result_tree, [], None), name)
    flat = [k for g in groups for k in g]
    seeds: list[Value | None] = [None] * len(main.results)
    seeds[0] = Constant(1.0)
    if value:
        main.attrs["keep_raisers"] = True
    joint = reverse(main, flat, seeds, value=value or has_aux)
    n = joint.attrs["primal_results"]
    bars = iter([as_primal(joint, v, joint.params[k], True) for k, v in zip(flat, joint.results[n:])])
    slots = Slots()
    primal_values = iter(joint.results[:n])
    returned: list[Any] = []
    if value or has_aux:
        whole = slots.structure(lowered.result, primal_values)
        returned.append(whole if value else whole[1])
    grads = [slots.structure(without_fixed(lowered.trees[k]), bars) for k in argnums]
    returned.append(grads[0] if one else tuple(grads))
    joint.body.yields = slots.values
    joint.name = f"{name}_{'value_and_grad' if value else 'grad'}"
    joint.attrs.update(
        returns=tuple(returned) if value or (has_aux and not value) else returned[-1],
    )
    if has_aux and not value:
        joint.attrs["returns"] = (returned[-1], returned[0])
    joint.attrs["settled"] = settle(drop_hidden(joint), fused=True)
    return finish(fn, lowered, [joint], {"primal": show(primal), "derivative": show(joint)}, options=options)


def compile_jvp(
    fn: Any, trees: list[tuple[str, Tree]], argnums: tuple[int, ...], options: Options = NUMPY
) -> Compiled:
    """`jvp`: f_jvp(args..., tangents...) -> value, tangent; one tangent for each inexact leaf of the chosen
    arguments."""
    lowered = lower(fn, trees)
    name = lowered.function.name
    position = 0
    flat: list[int] = []
    tangent_args = []
    total = sum(len(list(leaves(t))) for t in lowered.trees) + lowered.function.attrs["free"]
    for k, (arg, tree) in enumerate(zip(lowered.names, lowered.trees)):
        taken = []
        for path, t in leaves(tree):
            if k in argnums and is_inexact(t):
                taken.append((total + len(flat), path))
                flat.append(position)
            position += 1
        if taken:
            tangent_args.append(Argument(f"{arg}_dot", tuple(taken)))
    lowered.function.attrs["keep_raisers"] = True
    f = forward(lowered.function, flat)
    n = len(lowered.function.results)
    slots = Slots()
    value = slots.structure(lowered.result, iter(f.results[:n]))
    tangents = [
        as_primal(f, d, v, False) if is_inexact(v.type) else Constant(0)
        for d, v in zip(f.results[n:], f.results[:n])
    ]
    tangent = slots.structure(without_fixed(lowered.result), iter(tangents))
    f.body.yields = slots.values
    f.name = f"{name}_jvp"
    f.attrs["returns"] = (value, tangent)
    f.attrs["settled"] = settle(drop_hidden(f), fused=True)
    stages = {"primal": show(lowered.function), "derivative": show(f)}
    return finish(fn, lowered, [f], stages, tangent_args, options)


def compile_vjp(
    fn: Any, trees: list[tuple[str, Tree]], argnums: tuple[int, ...] | None, options: Options = NUMPY
) -> Compiled:
    """`vjp`: f_forward(args...) -> value, residuals; f_pullback(*residuals, *adjoints) -> adjoints of the
    arguments."""
    lowered = lower(fn, trees)
    name = lowered.function.name
    chosen = tuple(range(len(lowered.trees))) if argnums is None else argnums
    position = 0
    flat: list[int] = []
    groups: dict[int, list[int | None]] = {}
    for k, tree in enumerate(lowered.trees):
        groups[k] = []
        for _, t in leaves(tree):
            active = k in chosen and is_inexact(t)
            groups[k].append(position if active else None)
            if active:
                flat.append(position)
            position += 1
    lowered.function.attrs["keep_raisers"] = True
    joint = reverse(lowered.function, flat)
    n = joint.attrs["primal_results"]
    bars = {k: as_primal(joint, v, joint.params[k], True) for k, v in zip(flat, joint.results[n:])}
    joint.body.yields = [*joint.results[:n], *bars.values()]
    drop_hidden(joint)
    stage = show(joint)
    seeds_of = joint.attrs["seeded"]
    first, second = split(joint, own=True)
    first.name, second.name = f"{name}_forward", f"{name}_pullback"
    slots = Slots()
    value = slots.structure(lowered.result, iter(first.results[:n]))
    kept = tuple(range(len(slots.values), len(slots.values) + len(first.results) - n))
    first.attrs["returns"] = (value, kept)
    first.body.yields = [*slots.values, *first.results[n:]]
    where = {p: i for i, p in enumerate(bars)}
    trees_out = []
    for k, tree in enumerate(lowered.trees):
        order = iter([where[p] if p is not None else None for p in groups[k]])
        trees_out.append(adjoint_structure(tree, order))
    second.attrs["returns"] = tuple(trees_out[k] for k in range(len(lowered.trees)))
    first.attrs["settled"] = settle(first, fused=True)
    second.attrs["settled"] = settle(second, fused=True)
    out = finish(
        fn,
        lowered,
        [first, second],
        {"primal": show(lowered.function), "joint": stage, "forward": show(first), "pullback": show(second)},
        options=options,
    )
    out.extra["seeds"] = seeds_of
    return out


def compile_primal(fn: Any, trees: list[tuple[str, Tree]], options: Options = NUMPY) -> Compiled:
    """The primal itself, through the compiler and out again (what `sourcead ssa` shows, and tests
    compare)."""
    lowered = lower(fn, trees)
    f = clone(lowered.function)
    slots = Slots()
    f.attrs["returns"] = slots.structure(lowered.result, iter(f.results))
    f.attrs["keep_raisers"] = True
    f.attrs["settled"] = settle(drop_hidden(f), fused=True)
    return finish(fn, lowered, [f], {"primal": show(f)}, options=options)


# -- text ---------------------------------------------------------------------------------------------------


def finish(
    fn: Any,
    lowered: Lowered,
    functions: list[Function],
    stages: dict[str, str],
    more: list[Argument] | None = None,
    options: Options = NUMPY,
) -> Compiled:
    """Emit, print and load."""
    needs = Needs()
    needs.jits = options.jits
    arguments, position = [], 0
    for name, tree in zip(lowered.names, lowered.trees):
        taken = []
        for path, _ in leaves(tree):
            taken.append((position, path))
            position += 1
        arguments.append(Argument(name, tuple(taken)))
    outer = [*arguments, *(more or [])]
    functions[0].attrs.update(equal=lowered.function.attrs["equal"], seen=options.seen)
    for f in functions:
        prepare(f, options)
    lowered.function.attrs["facts"] = functions[0].attrs.get("facts", ())
    name_callees(functions)
    defs: list[ast.stmt] = []
    wrappers: list[ast.stmt] = []
    for k, f in enumerate(functions):
        f.attrs["own_results"] = not f.name.endswith("_forward")
        f.attrs["reserved"] = {a.name for a in outer if not a.leaves or a.leaves[0][1]} | {f.name}
        given = outer if k == 0 else []
        flat = options.jits and not is_plain(f, lowered.trees if k == 0 else (), given, options)
        node = emit(f, needs=needs, flat=flat)
        if flat:  # Numba takes numbers, arrays and tuples; what else there is, plain Python takes apart
            wrappers.append(outside(node, f, given, needs))
        elif k == 0:
            rewrap(node, given)
        defs.append(node)
    done: set[Function] = set()
    while todo := [g for g in needs.functions if g not in done]:
        for g in todo:
            prepare(g, options)
            distinct(g.params)
            defs.insert(len(done), emit(g, needs=needs))
            done.add(g)
    written = [ast.parse(t).body[0] for t in needs.texts.values()]
    jitted = [*written, *defs]
    if options.jits:
        needs.imports.setdefault("from numba import njit")
        for d in jitted:
            jit.decorate(d, options.decorator, [*functions, *done])  # type: ignore[arg-type]
            if options.parallel and parallel_loops(d):  # type: ignore[arg-type]
                needs.imports.setdefault("from numba import njit, prange")
    imports = [ast.parse(line).body[0] for line in sorted(needs.imports)]
    module = ast.Module([*imports, *jitted, *wrappers], [])
    text = to_source(module)
    namespace: dict[str, Any] = dict(needs.objects)
    namespace.update(needs.helpers)
    if options.jits:
        inner = {d.name for d in jitted} - {d.name for d in defs[len(done) :]}  # type: ignore[attr-defined]
        entry = jit.load_jitted(text, functions[0].name, namespace, options.cache, inner)
    else:
        entry = load(text, functions[0].name, namespace, f"{functions[0].name}")
    loaded = {f.name: namespace[f.name] for f in functions}
    helpers = tuple(needs.helpers.values())
    out = Compiled(text, loaded, entry, lowered, stages, needs, tuple(functions), helpers)
    out.options = options
    if options.jits:
        out.jitted = {f.name: namespace[d.name] for f, d in zip(functions, defs[len(done) :])}  # type: ignore
        out.spans = jit.places(module, text, needs.origins)
    return out


def prepare(f: Function, options: Options) -> None:
    """The last passes before a function is emitted."""
    f.attrs.setdefault("sections", True)
    f.attrs.setdefault("source_line", functools.cache(source_line))
    if forget_slots(f) or not f.attrs.pop("settled", False):
        clean(f)
    if options.loops:
        array_loops(f, options.parallel)
    if options.jits:
        respell(f)


def source_line(span: Span) -> str | None:
    """The user's line for a comment."""
    return source.line(span.file, span.line).strip() or None


__all__ = ["Compiled", "compile_grad", "compile_jvp", "compile_primal", "compile_vjp"]
