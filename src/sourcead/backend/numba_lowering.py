"""How generated code becomes LLVM code under Numba: as with Numba's own lowering, in less text.

Numba compiles any Python, and spells out an element's address in some fifty instructions, a loop's head in a
hundred, all of which LLVM takes away again, at length.  A derivative is made of little else:

    A[i, k - 1] += x       load all of A; are i and k - 1 negative?; load shape, strides; ...
                           here:  address(A) + (i * A.shape[1] + k - 1)

so that what is made here is a third of it.  Where an index cannot be negative (`numba_bounds`), it is not
asked at run time.  Each method takes what it knows and leaves the rest to Numba's class.
Only generated functions are compiled so (`compile_shortly`), never the user's.
"""

from __future__ import annotations

import operator
from typing import Any

from llvmlite import ir as llvm
from llvmlite.ir.instructions import LoadInstr
from llvmlite.ir.values import MDValue
from numba.core import ir, types
from numba.core.analysis import compute_cfg_from_blocks
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import register_pass
from numba.core.lowering import Lower
from numba.core.typed_passes import NativeLowering, NopythonRewrites
from numba.np.arrayobj import load_item, mark_positive, store_item

from ..runtime_loops import accumulate
from .numba_bounds import Lowest, range_of

_DATA, _SHAPE, _STRIDES = 4, 5, 6  # of meminfo, parent, nitems, itemsize, data, shape, strides
_FLOAT = {operator.add: "fadd", operator.sub: "fsub", operator.mul: "fmul", operator.truediv: "fdiv"}
_WHOLE = {operator.add: "add", operator.sub: "sub", operator.mul: "mul"}
_COMPARED = {
    operator.lt: "<",
    operator.le: "<=",
    operator.gt: ">",
    operator.ge: ">=",
    operator.eq: "==",
    operator.ne: "!=",
}
_INPLACE = {
    operator.iadd: operator.add,
    operator.isub: operator.sub,
    operator.imul: operator.mul,
    operator.itruediv: operator.truediv,
}


class LoopNode(MDValue):
    """What LLVM is told of one loop: a node that refers to itself, and properties."""

    def descr(self, buf: Any) -> None:
        told = ", ".join(v.get_reference() for v in (self, *self.operands))
        buf += (f"distinct !{{ {told} }}", "\n")


class ShortLower(Lower):
    """Numba's, with shorter code for elements of arrays, loops over ranges and arithmetic."""

    def init(self) -> None:
        super().init()
        self.lowest = Lowest(self.blocks, self.fndesc.typemap)
        self.plain = not self._disable_sroa_like_opt and self.generator_info is None
        self.items: dict[str, list[tuple[Any, Any, bool]]] = {}
        self.counted: dict[str, bool] = {}
        self.offsets = {id(block): k for k, block in self.blocks.items()}
        self.single = self._single_loops()

    def _single_loops(self) -> dict[Any, Any]:
        """The heads of innermost loops of which LLVM need not make several copies.

        A vector of elements at a time is as fast as four, where no sum is carried from one to the next, and
        the code is a fraction of it.
        """
        if self.flags.fastmath:
            return {}
        loops = compute_cfg_from_blocks(self.blocks).loops()
        heads = {}
        for loop in loops.values():
            inner = any(other.header in loop.body and other is not loop for other in loops.values())
            summed = any(
                self.lowest.called(e.func.name) is accumulate
                for k in loop.body
                for e in self.blocks[k].find_exprs("call")
            )
            if not inner and not summed:
                heads[loop.header] = None
        return heads

    def lower_inst(self, inst: Any) -> None:
        super().lower_inst(inst)
        if isinstance(inst, ir.Jump) and inst.target in self.single and self._is_back(inst):
            self.builder.block.terminator.set_metadata("llvm.loop", self._told(inst.target))

    def _is_back(self, inst: Any) -> bool:
        return self._here >= inst.target

    def _told(self, head: Any) -> Any:
        if self.single[head] is None:
            m = self.module
            one = llvm.IntType(32)(1)
            said = [
                m.add_metadata(["llvm.loop.unroll.disable"]),
                m.add_metadata(["llvm.loop.interleave.count", one]),
            ]
            self.single[head] = LoopNode(m, said, name=str(len(m.metadata)))
        return self.single[head]

    def pre_block(self, block: Any) -> None:
        super().pre_block(block)
        self._here = self.offsets[id(block)]
        self.items.clear()  # values of another block

    # -- variables ------------------------------------------------------------------------------------------

    def _is_counted(self, t: Any) -> bool:
        """Whether a type's values have references to count."""
        return self.context.data_model_manager[t].contains_nrt_meminfo()

    def _owns(self, name: str) -> bool:
        if name not in self.counted:
            self.counted[name] = self._is_counted(self.typeof(name))
        return self.counted[name]

    def incref(self, typ: Any, val: Any) -> None:
        if self._is_counted(typ):
            super().incref(typ, val)

    def decref(self, typ: Any, val: Any) -> None:
        if self._is_counted(typ):
            super().decref(typ, val)

    def storevar(self, value: Any, name: str, argidx: Any = None) -> None:
        if not self.plain or self._owns(name) or name in self._singly_assigned_vars:
            super().storevar(value, name, argidx)
        else:
            self._alloca_var(name, self.typeof(name))
            self.builder.store(value, self.getvar(name))

    def delvar(self, name: str) -> None:
        if not self.plain or self._owns(name):
            super().delvar(name)
        elif name not in self._blk_local_varmap:
            self._singly_assigned_vars.discard(name)
            self._alloca_var(name, self.typeof(name))

    # -- elements -------------------------------------------------------------------------------------------

    def _field(self, name: str, *path: int) -> Any:
        """A part of the structure that a variable holds."""
        if name in self._blk_local_varmap:
            return self.builder.extract_value(self._blk_local_varmap[name], path)
        zero = llvm.IntType(32)(0)
        places = [zero, *(llvm.IntType(32)(k) for k in path)]
        return self.builder.load(self.builder.gep(self.getvar(name), places, inbounds=True))

    def _length(self, name: str, axis: int) -> Any:
        """Of an array along an axis: not negative, LLVM is told."""
        read = self._field(name, _SHAPE, axis)
        if isinstance(read, LoadInstr):
            mark_positive(self.builder, read)
        return read

    def _whole(self, var: Any, t: Any) -> tuple[Any, Any, bool]:
        """A variable of integer type: its value and type, and whether it cannot be negative."""
        low = self.lowest.of(var.name)
        return self.loadvar(var.name), t, low is not None and low >= 0

    def _indices(self, index: Any) -> list[tuple[Any, Any, bool]] | None:
        t = self.typeof(index.name)
        if isinstance(t, types.Integer):
            return [self._whole(index, t)]
        return self.items.get(index.name)

    def _address(self, array: Any, indices: list[tuple[Any, Any, bool]] | None) -> Any:
        """Where an element is; None where it is not one element of a plain array."""
        t = self.typeof(array.name)
        if not self.plain or self.context.enable_boundscheck or not indices or type(t) is not types.Array:
            return None
        if (
            len(indices) != t.ndim
            or t.layout not in "CA"
            or not isinstance(t.dtype, types.Number | types.Boolean)
        ):
            return None
        if any(not isinstance(k, types.Integer) or not k.signed for _, k, _ in indices):
            return None
        b, size = self.builder, {}
        places = []
        for axis, (value, kind, known) in enumerate(indices):
            value = self.context.cast(b, value, kind, types.intp)
            if not known:
                size[axis] = self._length(array.name, axis)
                negative = b.icmp_signed("<", value, value.type(0))
                value = b.select(negative, b.add(value, size[axis]), value)
            places.append(value)
        data = self._field(array.name, _DATA)
        if t.layout == "C":
            flat, stride = places[-1], None
            for axis in range(t.ndim - 1, 0, -1):
                length = size.get(axis) or self._length(array.name, axis)
                stride = length if stride is None else b.mul(length, stride)
                flat = b.add(b.mul(places[axis - 1], stride), flat)
            return b.gep(data, [flat])
        offset = None
        for axis, value in enumerate(places):
            term = b.mul(value, self._field(array.name, _STRIDES, axis))
            offset = term if offset is None else b.add(offset, term)
        start = b.ptrtoint(data, llvm.IntType(64))
        return b.inttoptr(b.add(start, offset), data.type)

    def lower_getitem(self, resty: Any, expr: Any, value: Any, index: Any, signature: Any) -> Any:
        return self._element(resty, value, self._indices(index)) or super().lower_getitem(
            resty, expr, value, index, signature
        )

    def _element(self, resty: Any, array: Any, indices: Any) -> Any:
        address = self._address(array, indices)
        if address is None:
            return None
        t = self.typeof(array.name)
        item = load_item(self.context, self.builder, t, address)
        return self.context.cast(self.builder, item, t.dtype, resty)

    def lower_setitem(self, target_var: Any, index_var: Any, value_var: Any, signature: Any) -> Any:
        kind = self.typeof(value_var.name)
        address = None
        if isinstance(kind, types.Number | types.Boolean):
            address = self._address(target_var, self._indices(index_var))
        if address is None:
            return super().lower_setitem(target_var, index_var, value_var, signature)
        t = self.typeof(target_var.name)
        value = self.context.cast(self.builder, self.loadvar(value_var.name), kind, t.dtype)
        store_item(self.context, self.builder, t, value, address)
        return None

    # -- expressions ----------------------------------------------------------------------------------------

    def lower_assign(self, ty: Any, inst: Any) -> Any:
        value = inst.value
        if self.plain and isinstance(value, ir.Expr) and value.op == "build_tuple":
            kinds = [self.typeof(v.name) for v in value.items]
            if all(isinstance(t, types.Integer) for t in kinds):
                self.items[inst.target.name] = [self._whole(v, t) for v, t in zip(value.items, kinds)]
        return super().lower_assign(ty, inst)

    def lower_expr(self, resty: Any, expr: Any) -> Any:
        if self.plain:
            if expr.op in ("pair_first", "pair_second") and not self._is_counted(resty):
                which = ("pair_first", "pair_second").index(expr.op)
                return self.builder.extract_value(self.loadvar(expr.value.name), which)
            if expr.op == "getiter" and self.typeof(expr.value.name) == types.range_state64_type:
                made = self._started(expr)
                if made is not None:
                    return made
            if expr.op == "iternext" and self.typeof(expr.value.name) == types.range_iter64_type:
                return self._next(expr, resty)
        return super().lower_expr(resty, expr)

    def _started(self, expr: Any) -> Any:
        """The iterator of a range with a step that is known: {at, stop, step, left}."""
        call = range_of(self.lowest, expr.value.name)
        step = None if call is None else self.lowest.step(call)
        if step not in (1, -1):
            return None
        b, whole = self.builder, llvm.IntType(64)
        state = self.loadvar(expr.value.name)
        start, stop = b.extract_value(state, 0), b.extract_value(state, 1)
        left = b.sub(stop, start, flags=["nsw"]) if step == 1 else b.sub(start, stop, flags=["nsw"])
        made = self.context.get_value_type(types.range_iter64_type)(llvm.Undefined)
        at, count = self._slot(whole), self._slot(whole)
        b.store(start, at)
        b.store(left, count)  # below none is none
        for k, part in enumerate((at, stop, whole(step), count)):
            made = b.insert_value(made, part, k)
        return made

    def _slot(self, t: Any) -> Any:
        with self.builder.goto_entry_block():
            return self.builder.alloca(t)

    def _next(self, expr: Any, resty: Any) -> Any:
        """The next item, and whether there is one."""
        b, one = self.builder, llvm.IntType(64)(1)
        state = self.loadvar(expr.value.name)
        at, count = b.extract_value(state, 0), b.extract_value(state, 3)
        call = range_of(self.lowest, expr.value.name)
        known = None if call is None else self.lowest.step(call)
        step = b.extract_value(state, 2) if known is None else one.type(known)
        item, left = b.load(at), b.load(count)
        more = b.icmp_signed(">", left, one.type(0))
        with b.if_then(more):  # there, not here: the loop's head stays what LLVM turns around
            b.store(b.add(item, step, flags=["nsw"] if known in (1, -1) else ()), at)
            b.store(b.sub(left, one, flags=["nsw"]), count)
        pair = self.context.get_value_type(resty)(llvm.Undefined)
        return b.insert_value(b.insert_value(pair, item, 0), more, 1)

    def lower_binop(self, resty: Any, expr: Any, op: Any) -> Any:
        op = _INPLACE.get(op, op)
        signature = self.fndesc.calltypes[expr]
        kinds = signature.args
        if not self.plain or len(kinds) != 2 or kinds[0] != kinds[1]:
            return super().lower_binop(resty, expr, op)
        made = self._computed(expr, op, kinds[0], signature.return_type)
        if made is None:
            return super().lower_binop(resty, expr, op)
        return self.context.cast(self.builder, made, signature.return_type, resty)

    def _computed(self, expr: Any, op: Any, kind: Any, result: Any) -> Any:
        floats = isinstance(kind, types.Float) and kind.bitwidth >= 32
        if not floats and kind != types.int64:
            return None
        if op in _COMPARED:
            if result != types.boolean:
                return None
        elif result != kind or op not in (_FLOAT if floats else _WHOLE):
            return None
        if op is operator.truediv and self.context.error_model.raise_on_fp_zero_division:
            return None
        b = self.builder
        a, c = (
            self.context.cast(b, self.loadvar(v.name), self.typeof(v.name), kind)
            for v in (expr.lhs, expr.rhs)
        )
        if op in _COMPARED:
            if not floats:
                return b.icmp_signed(_COMPARED[op], a, c)
            compared = b.fcmp_unordered if op is operator.ne else b.fcmp_ordered
            return compared(_COMPARED[op], a, c)
        if floats:
            return getattr(b, _FLOAT[op])(a, c)
        return getattr(b, _WHOLE[op])(a, c, flags=["nsw"])


# -- passes -------------------------------------------------------------------------------------------------


@register_pass(mutates_CFG=True, analysis_only=False)
class ShortLowering(NativeLowering):
    """Lowering by `ShortLower`."""

    _name = "sourcead_lowering"

    @property
    def lowering_class(self) -> Any:
        return ShortLower


@register_pass(mutates_CFG=True, analysis_only=False)
class RewritesOfArrays(NopythonRewrites):
    """Array expressions as loops: where there are some."""

    _name = "sourcead_rewrites"

    def run_pass(self, state: Any) -> bool:
        for block in state.func_ir.blocks.values():
            for expr in block.find_exprs():
                if expr.op in ("binop", "inplace_binop", "unary", "call"):
                    signature = state.calltypes.get(expr)
                    made = signature is not None and isinstance(signature.return_type, types.Array)
                    if made and any(isinstance(t, types.Array) for t in signature.args):
                        return super().run_pass(state)
        return False


_INSTEAD = {"NativeLowering": ShortLowering, "NopythonRewrites": RewritesOfArrays}


class Compiler(CompilerBase):
    """Numba's pipeline with these passes, for functions that Python calls."""

    called = True

    def define_pipelines(self) -> list[Any]:
        self.state.flags.no_cfunc_wrapper = True
        self.state.flags.no_cpython_wrapper = not self.called
        made = DefaultPassBuilder.define_nopython_pipeline(self.state)
        made._finalized = False
        made.passes = [(_INSTEAD.get(p.__name__, p), text) for p, text in made.passes]
        made.finalize()
        return [made]


class InnerCompiler(Compiler):
    """For functions that compiled code alone calls."""

    called = False


def compile_shortly(dispatcher: Any, called: bool) -> None:
    """Have the function of a dispatcher compiled by these; `called` says whether Python calls it too."""
    if not dispatcher.targetoptions.get("parallel"):
        dispatcher._compiler.pipeline_class = Compiler if called else InnerCompiler


__all__ = ["compile_shortly"]
