"""Prices, yields and their sensitivities."""

import math

import numpy as np

from .registry import program


def normal_cdf(x):
    return 0.5 * (1.0 + math.erf(x / math.sqrt(2.0)))


@program((100.0, 105.0, 0.5, 0.02, 0.3, True), (100.0, 95.0, 0.5, 0.02, 0.3, False), wrt=(0, 1, 2, 3, 4))
def black_scholes(spot, strike, expiry, rate, vol, call):
    sd = vol * math.sqrt(expiry)
    d1 = (math.log(spot / strike) + (rate + 0.5 * vol**2) * expiry) / sd
    d2 = d1 - sd
    discount = math.exp(-rate * expiry)
    if call:
        return spot * normal_cdf(d1) - strike * discount * normal_cdf(d2)
    return strike * discount * normal_cdf(-d2) - spot * normal_cdf(-d1)


@program(
    (100.0, 101.3, 0.25, 6),
    wrt=(0, 1, 2),
    second=False,
    why="the pay-off has kinks; its second derivative is a sum of spikes",
)
def american_put_on_a_tree(spot, strike, vol, n):
    u = math.exp(vol * 0.3)
    p = (1.01 - 1.0 / u) / (u - 1.0 / u)
    values = [max(strike - spot * u ** (2 * k - n), 0.0) for k in range(n + 1)]
    for step in range(n - 1, -1, -1):
        for k in range(step + 1):
            hold = (p * values[k + 1] + (1.0 - p) * values[k]) / 1.01
            exercise = strike - spot * u ** (2 * k - step)
            values[k] = hold if hold > exercise else exercise
    return values[0]


@program((0.04, np.array([5.0, 5.0, 105.0])), wrt=(0, 1))
def bond_price(rate, cashflows):
    price = 0.0
    for year, cash in enumerate(cashflows, 1):
        price += cash / (1.0 + rate) ** year
    return price


@program((np.array([-100.0, 30.0, 50.0, 60.0]),))
def internal_rate_of_return(flows):
    r = 0.1
    for _ in range(50):
        value = slope = 0.0
        for t, c in enumerate(flows):
            value += c / (1.0 + r) ** t
            slope -= t * c / (1.0 + r) ** (t + 1)
        step = value / slope
        r -= step
        if abs(step) < 1e-13:
            break
    return r * 100.0


@program(
    (np.array([0.2, 0.5, 0.3]), np.array([[0.04, 0.01, 0.0], [0.01, 0.09, 0.02], [0.0, 0.02, 0.16]])),
    wrt=(0, 1),
)
def portfolio_risk(w, cov):
    w = w / np.sum(w)
    return math.sqrt(w @ cov @ w)


@program((1000.0, 0.05, 12), (1000.0, 0.0, 12), wrt=(0, 1))
def loan_payment(principal, rate, months):
    i = rate / 12
    if abs(i) < 1e-3:
        return principal / months * (1.0 + rate / 2 * (months + 1) / 12)
    return principal * i / (1.0 - (1.0 + i) ** -months)


@program((0.03, 0.2, 0.01, 8), wrt=(0, 1, 2))
def vasicek_path(r, a, sigma, n):
    noise = np.random.default_rng(3).normal(size=20)
    total = 0.0
    for k in range(n):
        r += a * (0.05 - r) * 0.1 + sigma * noise[k] * (1.0 + r)
        total += r * 0.1
    return math.exp(-total)
