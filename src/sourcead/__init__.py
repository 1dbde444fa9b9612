"""sourcead: derivatives of numerical Python as readable Python source."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api import Derivative, grad, jvp, value_and_grad, vjp
    from .checkpointing import checkpoint
    from .custom import custom_jvp, custom_vjp, stop_gradient
    from .testing import check_grads

__version__ = "0.1.0"

_HOMES = {
    "grad": "api", "value_and_grad": "api", "jvp": "api", "vjp": "api", "Derivative": "api",
    "check_grads": "testing", "checkpoint": "checkpointing",
    "custom_jvp": "custom", "custom_vjp": "custom", "stop_gradient": "custom",
}  # fmt: skip
__all__ = [
    "Derivative",
    "check_grads",
    "checkpoint",
    "custom_jvp",
    "custom_vjp",
    "grad",
    "jvp",
    "stop_gradient",
    "value_and_grad",
    "vjp",
]


def __getattr__(name: str) -> Any:
    """Public names are loaded when they are first used."""
    if name in _HOMES:
        found = globals()[name] = getattr(import_module("." + _HOMES[name], __name__), name)
        return found
    raise AttributeError(f"module 'sourcead' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
