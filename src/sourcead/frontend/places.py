"""Places outside of the function: where something is that lives there, and how it is read live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..ir.core import Value

ABSENT: Any = type("Absent", (), {"__repr__": lambda s: "absent"})()  # nothing is there yet


@dataclass(eq=False)
class Free:
    """A global or closure variable that the function reads: read live at each call, its type in the key."""

    name: str
    home: Any  # dict or cell
    key: Any
    value: Value | None  # the trailing parameter, None for what is known by identity
    seen: Any
    structure: Any = None  # the key of a container
    slot_is_written: bool = False
    is_handle: bool = False  # of an object that is written to: the parameter is the object itself
    check: Any = None  # what else of the object decides whether a compilation still serves, as a function
    expected: Any = None

    def read(self) -> Any:
        """The object that is there now; ABSENT where there is none."""
        try:
            if isinstance(self.home, dict):
                return self.home[self.key]
            if self.key is not None:
                return getattr(self.home, self.key)
            return self.home.cell_contents
        except (KeyError, ValueError, IndexError, AttributeError):
            return ABSENT


class Fixture:
    """The home of an object that is not looked up again."""

    def __init__(self, obj: Any) -> None:
        self.cell_contents = obj


class Own:
    """The home of an attribute that an object itself has, not its class."""

    def __init__(self, obj: Any, name: str) -> None:
        self.obj, self.name = obj, name

    @property
    def cell_contents(self) -> Any:
        return vars(self.obj)[self.name]


@dataclass(eq=False)
class Place:
    """Where something outside is: how it is read live, and the object behind it.  `mode`: how it is written
    to: variable, or a container's items, grow, unread."""

    slot: Any
    name: str
    home: Any
    key: Any
    obj: Any
    mode: str = "items"


class Pin(Exception):
    """An integer is needed by value: an outer variable (its slot), or an argument (the number of its
    leaf)."""

    def __init__(self, slot: Any, leaf: int | None) -> None:
        self.slot, self.leaf = slot, leaf
