"""Warnings of NumPy in a program are the program's; a test of a derivative stops at none of its own."""

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def ignore_floating_point_warnings():
    with np.errstate(all="ignore"):
        yield
