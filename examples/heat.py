"""Which temperatures led to these?  Gradient descent through many steps of heat conduction.

`checkpoint` keeps 10 of the states of the rod; the reverse sweep runs steps again.  The memory of both
gradients is measured at the end.
"""

import tracemalloc

import numpy as np

import sourcead as ad

POINTS, STEPS = 400, 500


def conduct(u, slots):
    """The rod after all steps; its material conducts better where it is warm."""
    for _ in ad.checkpoint(range(STEPS), slots=slots):
        flux = (0.2 + 0.1 * np.tanh(0.5 * (u[1:] + u[:-1]))) * np.diff(u)
        u = u + np.diff(flux, prepend=0.0, append=0.0)
    return u


def misfit(u, seen, slots):
    error = conduct(u, slots) - seen
    return np.mean(error * error)


def peak(run):
    tracemalloc.start()
    run()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / 1e6


if __name__ == "__main__":
    x = np.linspace(0.0, 1.0, POINTS)
    seen = conduct(np.exp(-50.0 * (x - 0.3) ** 2) + 0.5 * (x > 0.7), 10)
    step = ad.value_and_grad(misfit)
    u = np.zeros(POINTS)
    for k in range(11):
        value, u_bar = step(u, seen, 10)
        u -= 0.4 * POINTS * u_bar
        if k % 5 == 0:
            print(f"descent {k:2d}   misfit {value:.6f}")
    for slots in (10, STEPS):
        print(f"{slots:4d} states   {peak(lambda s=slots: step(u, seen, s)):6.2f} MB")
