"""Rays, cameras, curves, colours."""

import math

import numpy as np

from .registry import program


def normalise(v):
    return v / np.sqrt(np.sum(v * v))


@program(
    (np.array([0.1, 0.2, -3.0]), np.array([0.05, 0.0, 1.0]), 1.0),
    (np.array([5.0, 0.2, -3.0]), np.array([0.05, 0.0, 1.0]), 1.0),
    wrt=(0, 1, 2),
)
def ray_meets_sphere(origin, direction, radius):
    d = normalise(direction)
    b = origin @ d
    disc = b * b - origin @ origin + radius * radius
    if disc < 0.0:
        return np.sum(d * origin)
    t = -b - np.sqrt(disc)
    hit = origin + t * d
    light = normalise(np.array([1.0, 1.0, -1.0]))
    return max(hit @ light / radius, 0.0) + 0.1 * t


@program((0.3, 0.5, -0.2, np.array([1.0, 2.0, 5.0])), wrt=(0, 1, 2, 3))
def camera_projection(yaw, pitch, roll, p):
    cy, sy = math.cos(yaw), math.sin(yaw)
    cp, sp = math.cos(pitch), math.sin(pitch)
    Ry = np.array([[cy, 0.0, sy], [0.0, 1.0, 0.0], [-sy, 0.0, cy]])
    Rx = np.array([[1.0, 0.0, 0.0], [0.0, cp, -sp], [0.0, sp, cp]])
    q = Rx @ Ry @ p
    return (q[0] + roll * q[1]) / q[2]


@program((np.array([[0.0, 0.0], [1.0, 2.0], [3.0, -1.0], [4.0, 0.5]]), 0.3), wrt=(0, 1))
def de_casteljau(points, t):
    pts = [p for p in points]
    while len(pts) > 1:
        pts = [(1.0 - t) * a + t * b for a, b in zip(pts[:-1], pts[1:])]
    return pts[0][0] * pts[0][1]


@program((np.array([[0.1, 0.0], [1.2, 0.1], [1.0, 1.3], [-0.2, 0.9]]),))
def polygon_area_and_perimeter(v):
    area = length = 0.0
    n = len(v)
    for i in range(n):
        x0, y0 = v[i]
        x1, y1 = v[(i + 1) % n]
        area += x0 * y1 - x1 * y0
        length += math.hypot(x1 - x0, y1 - y0)
    return area / 2 + length


@program((np.array([0.2, 0.6, 0.001]), 2.2))
def gamma_curve(rgb, gamma):
    out = 0.0
    for c in rgb:
        if c <= 0.0031308:
            s = 12.92 * c
        else:
            s = 1.055 * c ** (1.0 / gamma) - 0.055
        out += s * s
    return out


@program((0.5, 0.3), (-0.7, 0.2), (0.2, 2.0), wrt=(0, 1))
def julia_escape(cx, cy):
    x = y = 0.1
    for k in range(10):
        x, y = x * x - y * y + cx, 2.0 * x * y + cy
        if x * x + y * y > 4.0:
            return k + math.log(x * x + y * y)
    return x * y


@program((np.array([0.0, 0.0, 4.0]), 0.4), wrt=(0, 1))
def signed_distance_march(origin, size):
    def distance(p):
        return np.sqrt(np.sum(p * p) + 0.01) - size

    direction = np.array([0.1, 0.05, -1.0])
    t = 0.0
    for _ in range(5):
        t = t + 0.8 * distance(origin + t * direction)
    return t


@program((np.array([0.9, 0.1, 0.2, 0.4]), np.array([0.3, 1.0, -0.5])), wrt=(0, 1))
def quaternion_rotation(q, v):
    w, *u = q / np.linalg.norm(q)
    u = np.array(u)
    uv = np.array([u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]])
    r = v + 2.0 * w * uv + 2.0 * ((u @ v) * u - (u @ u) * v)
    return r[0] + r[1] * r[2]
