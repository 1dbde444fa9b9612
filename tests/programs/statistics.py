"""Likelihoods, regressions, filters of data."""

import math

import numpy as np

from .registry import program

R = np.random.default_rng(14)
X = R.normal(size=(6, 3))
Y = R.normal(size=6)
LABELS = np.array([0.0, 1.0, 1.0, 0.0, 1.0, 0.0])


@program((0.3, 1.4, Y), wrt=(0, 1, 2))
def normal_log_likelihood(mu, sigma, data):
    z = (data - mu) / sigma
    return -0.5 * np.sum(z**2) - len(data) * (math.log(sigma) + 0.5 * math.log(2.0 * math.pi))


@program((np.array([0.1, -0.5, 0.8]), X, Y), wrt=(0, 1, 2))
def ridge_regression_loss(w, A, y):
    r = A @ w - y
    return 0.5 * np.mean(r * r) + 0.1 * (w @ w)


@program((np.array([0.1, -0.5, 0.8]), X, LABELS), wrt=(0, 1))
def logistic_regression_loss(w, A, y):
    z = A @ w
    return np.mean(np.logaddexp(0.0, z) - y * z)


@program((np.array([0.4, 0.6]), np.array([-1.0, 1.2]), np.array([0.7, 1.1]), Y), wrt=(0, 1, 2))
def gaussian_mixture(weight, mean, sd, data):
    weight = weight / weight.sum()
    total = 0.0
    for x in data:
        density = weight * np.exp(-0.5 * ((x - mean) / sd) ** 2) / sd
        total += np.log(density.sum())
    return total


@program((Y, 1.0), (Y, 0.3))
def huber_loss(r, delta):
    s = 0.0
    for v in r:
        a = abs(v)
        s += 0.5 * v * v if a <= delta else delta * (a - 0.5 * delta)
    return s


@program((X,))
def correlation_matrix_penalty(A):
    c = A - A.mean(axis=0, keepdims=True)
    c = c / np.sqrt((c * c).sum(axis=0))
    corr = c.T @ c
    return np.sum(corr**2) - np.trace(corr)


@program((np.array([0.7, 0.2, 0.5]),))
def entropy_of_a_softmax(z):
    e = np.exp(z - np.max(z))
    p = e / np.sum(e)
    return -np.sum(p * np.log(p))


@program((0.8, 0.3, 0.5, Y), wrt=(0, 1, 2))
def garch_likelihood(omega, alpha, beta, returns):
    var = omega / (1.0 - 0.1)
    ll = 0.0
    for r in returns:
        ll -= 0.5 * (np.log(var) + r * r / var)
        var = omega + alpha * r * r + beta * var
    return ll


@program((Y, 0.4), wrt=(0, 1))
def kernel_density(data, h):
    u = (data[:, None] - data[None, :]) / h
    return np.log(np.mean(np.exp(-0.5 * u**2), axis=1)).sum() - math.log(h)


@program((np.array([[0.7, 0.3], [0.2, 0.8]]), np.array([0, 1, 1, 0])))
def hidden_markov_forward(T, obs):
    emit = np.array([[0.9, 0.1], [0.3, 0.7]])
    alpha = np.array([0.5, 0.5]) * emit[:, obs[0]]
    logp = 0.0
    for o in obs[1:]:
        alpha = (alpha @ T) * emit[:, o]
        norm = alpha.sum()
        logp += np.log(norm)
        alpha = alpha / norm
    return logp
