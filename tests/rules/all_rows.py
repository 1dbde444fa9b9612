"""All rows: those of `rows.py`, and of every `rows_*.py` beside it.  The whole book is opened for them."""

import importlib
import pkgutil
from pathlib import Path

from sourcead.rules.registry import open_parts

from .rows import ROWS, Row

open_parts(everything=True)
for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
    if module.name.startswith("rows_"):
        importlib.import_module(f"{__package__}.{module.name}")

__all__ = ["ROWS", "Row"]
