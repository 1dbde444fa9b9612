"""Breaking of lines that are too long.

A printed line is a list of *pieces*: plain text, and marks (`Mark`) where a line may be broken: brackets,
commas, operators with a priority.  A line that fits is its pieces joined.  One that does not is broken by the
rules of the formatter black, so that its style check finds nothing to change in what we print:

    def line     the first bracket's content goes on its own indented line
    other line   likewise for the last bracket; earlier ones are tried while the first line is too long.
                 *Optional* brackets (around what stands right of `=`, `return`, `if`, ...) are empty text
                 until a split makes them visible; a split inside of the expression is preferred where that
                 reads well
    in brackets  a line is cut at all its delimiters of the highest priority (comma before `and` before `+`),
                 a comma is added after the last item; if it has none, at its last bracket again

Every part is broken again until it fits or cannot be broken.  If the first line comes out too long, a second
try is made in which optional brackets are always used, and is taken if all its lines fit.  The conditions in
`_can_omit`, `_prefer_inner` and `_trailers_to_omit` are black's, in black's order: they are taste, not logic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .lines import WIDTH, Leaf, Line, is_word, leaves_of, width
from .pieces import COMMA, DOT


class _CannotSplit(Exception):
    pass


def layout(pieces: list[str], depth: int, kind: str = "") -> list[str]:
    """The lines of text for the pieces of one logical line at an indentation of `depth` steps.

    kind: "def" for the header of a function, "import" for `from ... import ...`, else empty.
    """
    commas: set[int] = set()
    shown: set[int] = set()
    before: list[str] = []
    for _ in range(5):
        line = Line(_again(leaves_of(pieces), commas, shown), depth, False, kind, True)
        result = _transform(line, False)
        text = [x.hugged() for x in result]
        if text == before or len(text) == 1:
            break
        before = text
        leaves = [x for part in result for x in part.leaves]
        commas = {x.index for x in leaves if x.role == "comma" and not x.priority}
        shown = _stay_shown(leaves)
    return text


def _again(leaves: list[Leaf], commas: set[int], shown: set[int]) -> list[Leaf]:
    """The leaves with what the last pass has added: commas, and brackets that are not optional any more."""
    out = []
    for x in leaves:
        if x.index in shown:
            x.value, x.display = "(" if x.role == "open" else ")", True
        out.append(x)
        if x.index in commas:
            out.append(_added_comma(x.index))
    return out


def _added_comma(index: int) -> Leaf:
    return Leaf("", ",", "comma", 0, False, index)


def _stay_shown(leaves: list[Leaf]) -> set[int]:
    """Brackets that were optional and stay: around tuples and conditional expressions."""
    out: set[int] = set()
    open_: list[tuple[Leaf, list[Leaf]]] = []
    for x in leaves:
        if x.role == "open":
            open_.append((x, []))
        elif x.role == "close" and open_:
            first, inner = open_.pop()
            if first.value and first.was_optional and (not first.display or inner):
                out.update((first.index, x.index))
        elif x.role == "comma" and open_:
            open_[-1][1].append(x)
    return out


def _transform(line: Line, force: bool) -> list[Line]:
    if not line.explode and not line.magic and width(line.hugged()) <= WIDTH:
        return [line]
    ways: tuple[Callable[[Line, bool], list[Line]], ...]
    if line.kind == "def":
        ways = (_left_split,)
    elif line.inside:
        ways = (_delimiter_split, _right_split_omitting)
    else:
        ways = (_right_split_omitting,)
    for way in ways:
        try:
            return _run(line, way, force)
        except _CannotSplit:
            continue
    return [line]


def _run(line: Line, way: Callable[[Line, bool], list[Line]], force: bool) -> list[Line]:
    before = str(line)
    optional = _outermost(line)
    result: list[Line] = []
    for part in way(line, force):
        if str(part) == before:
            raise _CannotSplit
        result.extend(_transform(part, force))
    if force or way is not _right_split_omitting or not line.optional:
        return result
    if any(x.value for x in optional) or result[0].fits:
        return result
    second = _run(_copy(line), way, True)
    return second if all(x.fits for x in second) else result


def _outermost(line: Line) -> list[Leaf]:
    out, level = [], 0
    for leaf in line.leaves:
        level -= leaf.role == "close"
        if level == 0 and not leaf.value and leaf.role in ("open", "close"):
            out.append(leaf)
        level += leaf.role == "open"
    return out


def _copy(line: Line) -> Line:
    new: dict[int, Leaf] = {}
    leaves = []
    for x in line.leaves:
        y = new[id(x)] = Leaf(x.gap, x.value, x.role, x.priority, x.display, x.index)
        y.was_optional = x.was_optional
        if x.opening is not None:
            y.opening = new.get(id(x.opening), x.opening)
        leaves.append(y)
    return Line(leaves, line.depth, line.inside, line.kind, bool(line.cuts) or line.inside)


class _Split:
    """One bracket pair's content on its own line."""

    __slots__ = ("body", "closing", "head", "opening", "tail")

    def __init__(
        self,
        line: Line,
        parts: tuple[list[Leaf], list[Leaf], list[Leaf]],
        opening: Leaf,
        closing: Leaf | None,
    ) -> None:
        head, body, tail = parts
        if _wants_comma(line, body, opening):
            body = [*body, _added_comma(body[-1].index)]
        self.head = Line(head, line.depth, False, "", False)
        within = set(map(id, head))
        for i, x in enumerate(head):
            if x.role == "close" and id(x.opening) in within:
                self.head.magic = self.head.magic or self.head.asks(i)
                if not x.value:
                    self.head.optional.append(x)
        self.body = Line(body, line.depth + 1, True, "", True)
        self.tail = Line(tail, line.depth, False, "", False)
        self.opening = opening
        self.closing = closing
        if line.kind == "def" and head and head[0].value.startswith(("def ", "async def ")):
            self.head.kind = "def"
        if body:
            last = body[-1]
            comma = last.role == "comma"
            cuts = [p for k, p in self.body.cuts.items() if not (comma and k == id(last))]
            self.body.explode = bool(cuts) and max(cuts) == COMMA and (comma or opening.display)
        if not body and len(str(self.tail).strip()) < 3:
            raise _CannotSplit


def _wants_comma(line: Line, body: list[Leaf], opening: Leaf) -> bool:
    if not body or body[-1].role == "comma":
        return False
    if line.kind == "import":
        return True
    if line.kind != "def" or opening.value != "(" or opening.display:
        return False
    optional = 0  # commas of annotations, which stand in optional brackets, do not count
    for x in body:
        if not x.value:
            optional += 1 if x.role == "open" else -1 if x.role == "close" else 0
        elif x.role == "comma" and not optional:
            return False
    return True


def _left_split(line: Line, force: bool) -> list[Line]:
    head: list[Leaf] = []
    body: list[Leaf] = []
    tail: list[Leaf] = []
    current, opening = head, None
    for leaf in line.leaves:
        if current is body and leaf.role == "close" and leaf.opening is opening and opening is not None:
            leaf.value, opening.value = leaf.value or ")", opening.value or "("
            current = tail if body else head
        current.append(leaf)
        if current is head and leaf.role == "open" and leaf.value in ("(", ""):
            opening, current = leaf, body
    if opening is None or not tail:
        raise _CannotSplit
    s = _Split(line, (head, body, tail), opening, None)
    return [x for x in (s.head, s.body, s.tail) if x.leaves]


def _last_split(line: Line, omit: set[int]) -> _Split:
    leaves = line.leaves
    for i in range(len(leaves) - 1, -1, -1):
        closing = leaves[i]
        if closing.role == "close" and id(closing) not in omit:
            opening = closing.opening
            j = i - 1
            while j >= 0 and leaves[j] is not opening:
                j -= 1
            if j == i - 1:  # empty brackets stay in the tail
                continue
            if j < 0 or opening is None:
                break
            return _Split(line, (leaves[: j + 1], leaves[j + 1 : i], leaves[i:]), opening, closing)
    raise _CannotSplit


def _right_split_omitting(line: Line, force: bool) -> list[Line]:
    first: list[Line] | None = None
    starts: dict[int, int] = {}
    at = 4 * line.depth
    for leaf in line.leaves:
        starts[id(leaf)] = at
        at += len(leaf.prefix) + len(leaf.value)
    for omit in _trailers_to_omit(line):
        if omit:
            target = next(
                (x.opening for x in reversed(line.leaves) if x.role == "close" and id(x) not in omit), None
            )
            if target is not None and target.value and starts.get(id(target), 0) > WIDTH:
                continue
        lines = _right_split(line, force, omit)
        if first is None and not omit:
            first = lines
        if lines[0].fits:
            return lines
    return first if first is not None else _right_split(line, force, set())


def _right_split(line: Line, force: bool, omit: set[int]) -> list[Line]:
    return _choose(_last_split(line, omit), line, force, omit)


def _choose(s: _Split, line: Line, force: bool, omit: set[int]) -> list[Line]:
    assert s.closing is not None
    if not force and not s.opening.value and not s.closing.value and line.kind != "import" and _can_omit(s):
        try:
            inner_omit = {id(s.closing), *omit}
            inner = _last_split(line, inner_omit)
            if _prefer_inner(inner, s):
                return _choose(inner, line, force, inner_omit)
        except _CannotSplit:
            chained = sum(x.role == "equal" for x in line.leaves) > 1
            if not chained and not _can_be_split(s.body) and not s.body.fits:
                raise
    s.opening.value = s.opening.value or "("
    s.closing.value = s.closing.value or ")"
    return [x for x in (s.head, s.body, s.tail) if x.leaves]


def _can_be_split(line: Line) -> bool:
    leaves = line.leaves
    if len(leaves) < 2:
        return False
    if leaves[0].value[-1:] in "\"'" and leaves[0].value and leaves[1].value == ".":
        calls = dots = 0
        after = leaves[-1]
        for leaf in leaves[-2::-1]:
            if leaf.role == "open":
                if after.role != "close":
                    return False
                calls += 1
            elif leaf.value == ".":
                dots += 1
            elif is_word(leaf):
                if not (after.value == "." or after.role == "open"):
                    return False
            elif leaf.role != "close":
                return False
            if dots > 1 and calls > 1:
                return False
    return True


def _prefer_inner(inner: _Split, s: _Split) -> bool:
    head = s.head.leaves
    if not (len(head) >= 2 and head[-2].role == "equal"):
        return True
    if not any(x.role in ("open", "close") for x in head[:-1]):
        return True
    if width(str(s.head)) > WIDTH - 1:
        return True
    if s.head.magic:
        return True
    equals = sum(x.role == "equal" for x in head)
    if equals > 1 and equals > sum(x.role == "equal" for x in inner.head.leaves):
        return False
    for leaf in reversed(inner.head.leaves):
        if leaf.role == "equal":
            break
        if leaf.role == "close":
            return True
    return any(x.role == "equal" for x in inner.head.leaves) and inner.head.fits


def _can_omit(s: _Split) -> bool:
    line = s.body
    if not line.cuts:
        return True
    top = max(line.cuts.values())
    if sum(p == top for p in line.cuts.values()) > 1:
        return False
    if top == COMMA and s.head.leaves[0].value in ("with", "async with"):
        return False
    if top == DOT:
        return True
    leaves = line.leaves
    first, last = leaves[0], leaves[-1]
    if first.role == "open" and leaves[1].role != "close" and _can_omit_opening(line, first):
        return True
    if last.role == "close" and (last.value != "]" or last.display):
        return leaves[-2].role != "open" and _can_omit_closing(line, last)
    return False


def _length(leaf: Leaf) -> int:
    return len(leaf.prefix) + len(leaf.value)


def _can_omit_opening(line: Line, first: Leaf) -> bool:
    rest, length = False, 4 * line.depth
    for leaf in line.leaves:
        if leaf.role == "close" and leaf.opening is first:
            rest = True
        if rest:
            length += _length(leaf)
            if length > WIDTH:
                return False
            if leaf.role == "open":
                rest = False
    return True


def _can_omit_closing(line: Line, last: Leaf) -> bool:
    length, others = 4 * line.depth, False
    for leaf in line.leaves:
        length += _length(leaf)
        if leaf is last.opening:
            if others or length <= WIDTH:
                return True
        elif leaf.role == "open":
            others = True
    return False


def _trailers_to_omit(line: Line) -> Iterator[set[int]]:
    omit: set[int] = set()
    if not line.magic:
        yield omit
    length = 4 * line.depth
    opening: Leaf | None = None
    closing: Leaf | None = None
    inner: set[int] = set()
    leaves = line.leaves
    for i in range(len(leaves) - 1, -1, -1):
        leaf = leaves[i]
        length += _length(leaf)
        if length > WIDTH:
            return
        if opening is not None:
            if leaf is opening:
                opening = None
            elif leaf.role == "close":
                if _keeps_comma(line, i):
                    return
                inner.add(id(leaf))
        elif leaf.role == "close":
            if i and leaves[i - 1].role == "open":
                inner.add(id(leaf))
                continue
            if closing is not None:
                omit.add(id(closing))
                omit.update(inner)
                inner.clear()
                yield omit
            if _keeps_comma(line, i):
                return
            if leaf.value:
                opening, closing = leaf.opening, leaf


def _keeps_comma(line: Line, i: int) -> bool:
    """Whether the pair that leaf i closes must be broken for its last comma; `x[1:2,]` counts here."""
    return i > 0 and (line.asks(i) or (line.leaves[i].value == "]" and line.leaves[i - 1].role == "comma"))


def _delimiter_split(line: Line, force: bool) -> list[Line]:
    if not line.leaves:
        raise _CannotSplit
    last = line.leaves[-1]
    cuts = [p for k, p in line.cuts.items() if k != id(last)]
    if not cuts:
        raise _CannotSplit
    top = max(cuts)
    if top == DOT and sum(p == DOT for p in line.cuts.values()) == 1:
        raise _CannotSplit
    parts: list[list[Leaf]] = [[]]
    for leaf in line.leaves:
        parts[-1].append(leaf)
        if line.cuts.get(id(leaf)) == top:
            parts.append([])
    if not parts[-1]:
        parts.pop()
    if top == COMMA and parts[-1][-1].role != "comma":
        parts[-1].append(_added_comma(parts[-1][-1].index))
    for p in parts:
        p[0].prefix = ""
    return [Line(p, line.depth, line.inside, line.kind, line.inside) for p in parts]
