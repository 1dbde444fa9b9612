"""Objectives after ADBench: Gaussian mixture, bundle adjustment, hand tracking, LSTM.

The formulas are those of F. Srajer, Z. Kukelova, A. Fitzgibbon, "A benchmark of selected algorithmic
differentiation tools on some problems in computer vision and machine learning" (2018).  Where that benchmark
takes Jacobians, one number is made of the residuals: the sum of their squares.
"""

import math

import numpy as np

from .registry import add


def gmm(alphas, means, icf, x, gamma, m):
    """Log-likelihood of a mixture, with a Wishart prior; `icf` holds the inverse covariance factors."""
    n, d = x.shape
    k = len(alphas)
    terms = np.empty((n, k))
    prior = 0.0
    for j in range(k):
        L = np.zeros((d, d))
        at = d
        for a in range(d):
            for b in range(a + 1, d):
                L[b, a] = icf[j, at]
                at += 1
        scale = np.exp(icf[j, :d])
        centred = x - means[j]
        q = centred * scale + centred @ L.T
        terms[:, j] = alphas[j] + icf[j, :d].sum() - 0.5 * (q * q).sum(axis=1)
        prior += 0.5 * gamma * gamma * ((scale * scale).sum() + (L * L).sum()) - m * icf[j, :d].sum()
    total = 0.0
    for i in range(n):
        top = terms[i].max()
        total += top + np.log(np.exp(terms[i] - top).sum())
    freedom = d + m + 1
    constant = k * (freedom * d * (math.log(gamma) - 0.5 * math.log(2.0)))
    return total - n * np.log(np.exp(alphas).sum()) - 0.5 * n * d * math.log(2.0 * math.pi) - prior + constant


def gmm_inputs(r, n, d, k):
    factors = 0.2 * r.normal(size=(k, d + d * (d - 1) // 2))
    return r.normal(size=k), r.normal(size=(k, d)), factors, r.normal(size=(n, d)), 1.0, 0


add(gmm, gmm_inputs, wrt=(0, 1, 2), tiny={"n": 4, "d": 3, "k": 2}, timed={"n": 1000, "d": 10, "k": 5})


def rotate(axis_angle, x):
    """Rodrigues's formula."""
    theta2 = axis_angle @ axis_angle
    if theta2 > 0.0:
        theta = math.sqrt(theta2)
        w = axis_angle / theta
        turned = np.empty(3)
        turned[0] = w[1] * x[2] - w[2] * x[1]
        turned[1] = w[2] * x[0] - w[0] * x[2]
        turned[2] = w[0] * x[1] - w[1] * x[0]
        cosine = math.cos(theta)
        return x * cosine + turned * math.sin(theta) + w * ((w @ x) * (1.0 - cosine))
    return x + np.cross(axis_angle, x)


def project(camera, point):
    """A camera is rotation (3), centre (3), focal length, principal point (2), radial distortion (2)."""
    seen = rotate(camera[:3], point - camera[3:6])
    image = seen[:2] / seen[2]
    r2 = image @ image
    distortion = 1.0 + camera[9] * r2 + camera[10] * r2 * r2
    return image * distortion * camera[6] + camera[7:9]


def bundle_adjustment(cameras, points, w, observed, features):
    total = 0.0
    for i in range(len(w)):
        error = w[i] * (project(cameras[observed[i, 0]], points[observed[i, 1]]) - features[i])
        total += error @ error + (1.0 - w[i] * w[i]) ** 2
    return total


def bundle_inputs(r, cameras, points, seen):
    one = np.array([0.1, 0.2, -0.1, 0.0, 0.0, -5.0, 2.0, 0.1, 0.2, 0.01, 0.001])
    observed = np.stack([r.integers(0, cameras, seen), r.integers(0, points, seen)], axis=1)
    return (
        one + 0.01 * r.normal(size=(cameras, 11)),
        r.normal(size=(points, 3)),
        0.5 + r.random(seen),
        observed,
        r.normal(size=(seen, 2)),
    )


add(
    bundle_adjustment,
    bundle_inputs,
    wrt=(0, 1, 2),
    tiny={"cameras": 2, "points": 3, "seen": 4},
    timed={"cameras": 10, "points": 100, "seen": 500},
)


def euler(a):
    """The rotation about x, then y, then z."""
    cx, sx = math.cos(a[0]), math.sin(a[0])
    cy, sy = math.cos(a[1]), math.sin(a[1])
    cz, sz = math.cos(a[2]), math.sin(a[2])
    R = np.empty((3, 3))
    R[0, 0] = cy * cz
    R[1, 0] = cy * sz
    R[2, 0] = -sy
    R[0, 1] = -cx * sz + sx * sy * cz
    R[1, 1] = cx * cz + sx * sy * sz
    R[2, 1] = sx * cy
    R[0, 2] = sx * sz + cx * sy * cz
    R[1, 2] = -sx * cz + cx * sy * sz
    R[2, 2] = cx * cy
    return R


def hand(theta, parents, base, inverse_base, weights, positions, points, matches):
    """A hand of 21 bones, its skin blended from the bones; 3 + 3 numbers place it, 4 bend each finger."""
    bones = len(parents)
    pose = np.zeros((bones, 3))
    for f in range(5):
        pose[4 * f + 1, 0] = theta[4 * f + 6]
        pose[4 * f + 1, 1] = theta[4 * f + 7]
        pose[4 * f + 2, 0] = theta[4 * f + 8]
        pose[4 * f + 3, 0] = theta[4 * f + 9]
    absolute = np.empty((bones, 4, 4))
    skin = np.zeros((3, positions.shape[1]))
    for b in range(bones):
        local = np.eye(4)
        local[:3, :3] = euler(pose[b])
        if parents[b] < 0:
            absolute[b] = base[b] @ local
        else:
            absolute[b] = absolute[parents[b]] @ base[b] @ local
        skin += (absolute[b] @ inverse_base[b] @ positions)[:3] * weights[b]
    placed = euler(theta[:3]) @ skin + theta[3:6].reshape(3, 1)
    error = points - placed[:, matches]
    return (error * error).sum()


def hand_inputs(r, vertices, matched):
    parents = np.array([-1] + [0 if k == 0 else 4 * f + k for f in range(5) for k in range(4)])
    base = np.tile(np.eye(4), (21, 1, 1))
    base[:, :3, 3] = 0.3 * r.normal(size=(21, 3))
    absolute = base.copy()
    for b in range(1, 21):
        absolute[b] = absolute[parents[b]] @ base[b]
    weights = r.random((21, vertices))
    positions = np.concatenate([r.normal(size=(3, vertices)), np.ones((1, vertices))])
    return (
        0.3 * r.normal(size=26),
        parents,
        base,
        np.linalg.inv(absolute),
        weights / weights.sum(axis=0),
        positions,
        r.normal(size=(3, matched)),
        r.integers(0, vertices, matched),
    )


add(
    hand,
    hand_inputs,
    wrt=(0,),
    tiny={"vertices": 4, "matched": 3},
    timed={"vertices": 544, "matched": 100},
)


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def lstm_cell(weight, bias, hidden, cell, x):
    """Diagonal gates, as ADBench has them."""
    h = len(hidden)
    forget = sigmoid(x * weight[:h] + bias[:h])
    ingate = sigmoid(hidden * weight[h : 2 * h] + bias[h : 2 * h])
    outgate = sigmoid(x * weight[2 * h : 3 * h] + bias[2 * h : 3 * h])
    change = np.tanh(hidden * weight[3 * h :] + bias[3 * h :])
    cell = cell * forget + ingate * change
    return outgate * np.tanh(cell), cell


def lstm(main, extra, state, sequence):
    """Next-character loss; rows of `main` are weight and bias, rows of `state` hidden and cell, by layer."""
    state = state.copy()
    total = 0.0
    for t in range(len(sequence) - 1):
        x = sequence[t] * extra[0]
        for i in range(0, len(state), 2):
            hidden, cell = lstm_cell(main[i], main[i + 1], state[i], state[i + 1], x)
            state[i] = hidden
            state[i + 1] = cell
            x = hidden
        y = x * extra[1] + extra[2]
        total += sequence[t + 1] @ (y - np.log(np.exp(y).sum() + 2.0))
    return -total / ((len(sequence) - 1) * sequence.shape[1])


def lstm_inputs(r, layers, width, length):
    return (
        r.normal(size=(2 * layers, 4 * width)),
        r.normal(size=(3, width)),
        r.normal(size=(2 * layers, width)),
        r.random((length, width)),
    )


add(
    lstm,
    lstm_inputs,
    wrt=(0, 1),
    tiny={"layers": 2, "width": 3, "length": 4},
    timed={"layers": 2, "width": 14, "length": 200},
)
