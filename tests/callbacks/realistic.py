"""Whole programs around a solver, as people write them."""

from __future__ import annotations

import math

import numpy as np
from scipy.integrate import odeint
from scipy.optimize import brentq, fsolve, minimize, root


# -- finance: the volatility that a price implies
def call_price(sigma, S, K, r, T):
    d1 = (math.log(S / K) + (r + 0.5 * sigma**2) * T) / (sigma * math.sqrt(T))
    d2 = d1 - sigma * math.sqrt(T)
    N1 = 0.5 * math.erfc(-d1 / math.sqrt(2.0))
    N2 = 0.5 * math.erfc(-d2 / math.sqrt(2.0))
    return S * N1 - K * math.exp(-r * T) * N2


def implied_volatility(price, S, K, r, T):
    def gap(sigma):
        return call_price(sigma, S, K, r, T) - price

    return brentq(gap, 1e-4, 5.0, xtol=1e-14)


# -- chemistry: the steady state of a stirred reactor
class Reactor:
    def __init__(self, feed, volume):
        self.feed, self.volume = feed, volume

    def balance(self, c, k):
        r = k[0] * c[0] * c[1] - k[1] * c[2]
        flow = 0.3 / self.volume
        return np.array([flow * (self.feed[0] - c[0]) - r, flow * (self.feed[1] - c[1]) - r, r - flow * c[2]])


def steady_state(k, feed, volume):
    reactor = Reactor(feed, volume)
    c = fsolve(reactor.balance, np.array([0.5, 0.5, 0.5]), args=(k,), xtol=1e-12)
    return c[2] / feed[0]


# -- a decay rate from data
def decay_misfit(theta, times, data):
    rate, start = theta

    def decay(n, t):
        return -rate * n

    path = odeint(decay, start, times, rtol=1e-10, atol=1e-10)[:, 0]
    return np.sum((path - data) ** 2)


# -- mechanics: the output angle of a four-bar linkage
def four_bar(angle, lengths):
    a, b, c, d = lengths

    def closure(q):
        return [
            a * np.cos(angle) + b * np.cos(q[0]) - c * np.cos(q[1]) - d,
            a * np.sin(angle) + b * np.sin(q[0]) - c * np.sin(q[1]),
        ]

    sol = root(closure, [0.5, 1.5], tol=1e-13)
    if not sol.success:
        raise ValueError(sol.message)
    return sol.x[1]


# -- finance: the return of the best portfolio
def best_return(mu, sigma, risk):
    def loss(z):
        w = np.exp(z) / np.sum(np.exp(z))
        return -mu @ w + 0.5 * risk * w @ sigma @ w + 1e-2 * z @ z

    z = minimize(loss, np.zeros(len(mu)), tol=1e-9).x
    w = np.exp(z) / np.sum(np.exp(z))
    return mu @ w


covariance = np.array([[0.04, 0.01, 0.0], [0.01, 0.09, 0.02], [0.0, 0.02, 0.16]])
t = np.linspace(0, 3, 7)

PROGRAMS = [
    (implied_volatility, (10.5, 100.0, 100.0, 0.02, 0.8), 1),
    (steady_state, (np.array([1.3, 0.2]), np.array([1.0, 0.8]), 2.0), 1),
    (decay_misfit, (np.array([0.7, 1.8]), t, 2 * np.exp(-0.8 * t)), 1),
    (four_bar, (1.0, np.array([1.0, 2.6, 2.2, 3.0])), 1),
    (best_return, (np.array([0.05, 0.08, 0.12]), covariance, 3.0), 1),
]
