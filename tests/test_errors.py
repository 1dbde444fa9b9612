"""Located errors: what they show, and that showing them never fails."""

import copy
import linecache
import pickle
from types import SimpleNamespace

import pytest

from sourcead.errors import NotDifferentiable, SourceadError, Unsupported
from sourcead.source import Place, character_column, line, parse, span_of, split_lines, text_of


@pytest.fixture
def file():
    """Registers a text under a made-up file name."""
    names = []

    def register(text, name="<errors test>"):
        linecache.cache[name] = (len(text), None, text.splitlines(True), name)
        names.append(name)
        return name

    yield register
    for name in names:
        linecache.cache.pop(name, None)


def test_all_parts_are_shown(file):
    name = file("def loss(z):\n    return total + wofz(z).real  # here\n")
    error = Unsupported(
        "no rule for wofz",
        Place(name, 2, 19, 2, 26),
        reason="its derivative is not known",
        hint="register one",
        where="loss",
        call_stack=[(Place(name, 1, 0, 1, 3), "main"), Place("gone.py", 30, 0, 30, 3)],
    )
    assert str(error).splitlines() == [
        "no rule for wofz",
        f"  {name}:2, in loss",
        "    return total + wofz(z).real  # here",
        "                   ^^^^^^^",
        "  called from gone.py:30",  # innermost first
        f"  called from {name}:1, in main",
        "  reason: its derivative is not known",
        "  way out: register one",
    ]


def test_sorts_of_errors():
    assert issubclass(Unsupported, SourceadError) and issubclass(Unsupported, NotImplementedError)
    assert issubclass(NotDifferentiable, SourceadError) and issubclass(NotDifferentiable, TypeError)
    assert str(NotDifferentiable("x is an integer")) == "x is an integer"


def test_a_span_of_several_lines_is_underlined_to_the_end_of_its_first(file):
    name = file("y = f(a,\n      b)\n")
    assert str(SourceadError("m", Place(name, 1, 4, 2, 8))).splitlines()[2:] == [
        "    y = f(a,",
        "        ^^^^",
    ]


def test_carets_under_tabs_and_wide_characters(file):
    name = file('\tif x:\ty = "日本" + z\n')
    shown = str(SourceadError("m", Place(name, 1, 18, 1, 19))).splitlines()
    assert shown[2:] == ['    if x:\ty = "日本" + z', "         \t" + " " * 13 + "^"]


@pytest.mark.parametrize(
    "span",
    [
        Place("no/such/file.py", 3, 0, 3, 5),
        Place("<text of nobody>", 1, 0, 1, 5),
        SimpleNamespace(file=None, line=None, col=None, end_line=None, end_col=None),
        SimpleNamespace(file=3, line="x"),
        SimpleNamespace(),
        Place(__file__, 10**9, 0, 10**9, 5),
        Place(__file__, -1, 0, -1, 5),
        Place(__file__, 1, 900, 1, 1000),
        Place(__file__, 1, None, None, None),
        Place("nul\0name", 1, 0, 1, 1),
    ],
)
def test_showing_never_fails(span):
    shown = str(SourceadError("the message", span, hint="the way")).splitlines()
    assert shown[0] == "the message" and shown[-1] == "  way out: the way"
    assert not any("^" in text for text in shown)


def test_pickle_and_copy_keep_everything():
    error = Unsupported("m", Place("a.py", 3, 0, 3, 5), reason="r", hint="h", where="f", call_stack=[1])
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(twin) is Unsupported and str(twin) == str(error)
        assert twin.span == error.span and twin.call_stack == (1,)


def test_columns_are_characters(file):
    text = "é = 'ü'; x = α + β\n"
    name = file(text)
    node = parse(name, text).tree.body[1].value
    assert node.col_offset == 15  # bytes
    assert parse(name, text).place(node) == span_of(node, name) == Place(name, 1, 13, 1, 18)
    assert text[13:18] == "α + β"
    assert character_column("abc", 2) == 2 and character_column("αβγ", 4) == 2


def test_span_of_adds_the_first_line(file):
    name = file("first = 1\nα = 2; x = 3\n")
    node = parse("part", "α = 2; x = 3").tree.body[1]
    assert span_of(node, name, 1) == Place(name, 2, 7, 2, 12)


def test_lines_are_those_of_the_tokenizer(file):
    assert split_lines("a\r\nb\x0cc\rd\u2028e\n") == ("a", "b\x0cc", "d\u2028e", "")
    name = file("a = 1\nb = '\x0c'\nc = 3\n")
    assert [line(name, n) for n in (0, 1, 3, 9)] == ["", "a = 1", "c = 3", ""]


def test_text_follows_the_file_and_is_parsed_once(tmp_path):
    path = tmp_path / "m.py"
    path.write_text("a = 1\n", encoding="utf-8")
    assert text_of(str(path)) == "a = 1\n"
    path.write_text("a = 1\nb = 22\n", encoding="utf-8")
    assert text_of(str(path)) == "a = 1\nb = 22\n"
    assert parse("m.py", "a = 1") is parse("m.py", "a = 1")
    assert parse("m.py", "a = 1") is not parse("m.py", "a = 2")
    assert text_of(str(tmp_path / "none.py")) is None
