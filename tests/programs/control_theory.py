"""Controllers, filters of state, steering."""

import math

import numpy as np

from .registry import program


@program((2.0, 0.5, 0.1, 20), wrt=(0, 1, 2))
def pid_step_response(kp, ki, kd, n):
    y = v = integral = 0.0
    previous = 1.0
    cost = 0.0
    for _ in range(n):
        error = 1.0 - y
        integral += error * 0.05
        u = kp * error + ki * integral + kd * (error - previous) / 0.05
        previous = error
        v += 0.05 * (u - 0.4 * v)
        y += 0.05 * v
        cost += error * error * 0.05
    return cost


@program((0.5, 0.8, np.array([0.2, 0.5, 0.1, 0.9])), wrt=(0, 1, 2))
def kalman_filter_of_a_number(q, r, z):
    x, p = 0.0, 1.0
    ll = 0.0
    for obs in z:
        p = p + q
        s = p + r
        innovation = obs - x
        ll -= 0.5 * (math.log(s) + innovation**2 / s)
        gain = p / s
        x += gain * innovation
        p *= 1.0 - gain
    return ll


@program((np.array([[0.9, 0.1], [-0.1, 0.95]]), np.array([[0.0], [0.1]]), 6), wrt=(0, 1))
def riccati_iteration(A, B, n):
    P = np.eye(2)
    for _ in range(n):
        BPB = (B.T @ P @ B)[0, 0] + 0.5
        K = (B.T @ P @ A) / BPB
        P = np.eye(2) + A.T @ P @ (A - B @ K)
    return np.trace(P)


@program((np.array([0.3, -0.2, 0.5, 0.1]), 3.0), (np.array([3.0, -2.0, 5.0, 1.0]), 0.5))
def saturated_control(u, limit):
    x = 0.0
    cost = 0.0
    for command in u:
        if command > limit:
            command = limit
        elif command < -limit:
            command = -limit + 0.01 * command
        x = 0.8 * x + command
        cost += x * x + 0.1 * command * command
    return cost


@program((0.3, 0.2, 25), wrt=(0, 1))
def cart_pole_swing(theta, gain, n):
    omega = 0.0
    for k in range(n):
        force = gain * theta + 0.1 * omega if abs(theta) < 0.8 else -gain
        omega += 0.02 * (9.8 * math.sin(theta) - force * math.cos(theta))
        theta += 0.02 * omega
    return theta**2 + 0.1 * omega**2


@program((np.array([[0.0, 1.0], [-2.0, -3.0]]), 0.3), wrt=(0, 1))
def matrix_exponential_series(A, t):
    term = np.eye(2)
    total = np.eye(2)
    for k in range(1, 12):
        term = term @ A * (t / k)
        total = total + term
    return total[0, 1] + np.sum(total**2)
