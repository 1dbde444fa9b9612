"""The objectives after ADBench, vectorised over what is independent."""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax


def gmm(alphas, means, icf, x, gamma, m):
    n, d = x.shape
    k = len(alphas)
    # the strict lower triangle, column by column
    column, row = np.triu_indices(d, 1)
    L = jnp.zeros((k, d, d)).at[:, row, column].set(icf[:, d:])
    scale = jnp.exp(icf[:, :d])
    logs = icf[:, :d].sum(axis=1)
    centred = x[:, None, :] - means
    q = centred * scale + jnp.einsum("kab,nkb->nka", L, centred)
    terms = alphas + logs - 0.5 * (q * q).sum(axis=2)
    total = jax.nn.logsumexp(terms, axis=1).sum() - n * jax.nn.logsumexp(alphas)
    prior = 0.5 * gamma * gamma * ((scale * scale).sum() + (L * L).sum()) - m * logs.sum()
    constant = k * ((d + m + 1) * d * (jnp.log(gamma) - 0.5 * math.log(2.0)))
    return total - 0.5 * n * d * math.log(2.0 * math.pi) - prior + constant


def project(camera, point):
    a = camera[:3]
    x = point - camera[3:6]
    theta2 = a @ a
    # both branches are taken, so the one that is not meant must not divide by zero
    safe = jnp.where(theta2 > 0.0, theta2, 1.0)
    theta = jnp.sqrt(safe)
    w = a / theta
    cosine = jnp.cos(theta)
    turned = x * cosine + jnp.cross(w, x) * jnp.sin(theta) + w * ((w @ x) * (1.0 - cosine))
    seen = jnp.where(theta2 > 0.0, turned, x + jnp.cross(a, x))
    image = seen[:2] / seen[2]
    r2 = image @ image
    return image * (1.0 + camera[9] * r2 + camera[10] * r2 * r2) * camera[6] + camera[7:9]


def bundle_adjustment(cameras, points, w, observed, features):
    seen = jax.vmap(project)(cameras[observed[:, 0]], points[observed[:, 1]])
    error = w[:, None] * (seen - features)
    return (error**2).sum() + ((1.0 - w * w) ** 2).sum()


def euler(a):
    (cx, cy, cz), (sx, sy, sz) = jnp.cos(a), jnp.sin(a)
    return jnp.array(
        [
            [cy * cz, -cx * sz + sx * sy * cz, sx * sz + cx * sy * cz],
            [cy * sz, cx * cz + sx * sy * sz, -sx * cz + cx * sy * sz],
            [-sy, sx * cy, cx * cy],
        ]
    )


def hand(theta, parents, base, inverse_base, weights, positions, points, matches):
    bones = len(parents)
    finger = theta[6:].reshape(5, 4)
    pose = jnp.zeros((bones, 3))
    pose = pose.at[1::4, :2].set(finger[:, :2]).at[2::4, 0].set(finger[:, 2]).at[3::4, 0].set(finger[:, 3])
    local = jnp.tile(jnp.eye(4), (bones, 1, 1)).at[:, :3, :3].set(jax.vmap(euler)(pose))
    relative = base @ local

    def place(b, absolute):
        inner = absolute[parents[b]] @ relative[b]
        return absolute.at[b].set(jnp.where(parents[b] < 0, relative[b], inner))

    absolute = lax.fori_loop(0, bones, place, jnp.zeros((bones, 4, 4)))
    skin = jnp.einsum("bij,jn,bn->in", absolute @ inverse_base, positions, weights)[:3]
    placed = euler(theta[:3]) @ skin + theta[3:6].reshape(3, 1)
    error = points - placed[:, matches]
    return (error * error).sum()


def lstm(main, extra, state, sequence):
    layers, width = len(state) // 2, sequence.shape[1]
    gates = main.reshape(layers, 2, 4, width)

    def character(state, xs):
        now, after = xs
        x = now * extra[0]
        new = []
        for (w, b), (hidden, cell) in zip(gates, state.reshape(layers, 2, width)):
            forget = jax.nn.sigmoid(x * w[0] + b[0])
            ingate = jax.nn.sigmoid(hidden * w[1] + b[1])
            outgate = jax.nn.sigmoid(x * w[2] + b[2])
            cell = cell * forget + ingate * jnp.tanh(hidden * w[3] + b[3])
            x = outgate * jnp.tanh(cell)
            new += [x, cell]
        y = x * extra[1] + extra[2]
        return jnp.stack(new), after @ (y - jnp.log(jnp.exp(y).sum() + 2.0))

    _, terms = lax.scan(character, state, (sequence[:-1], sequence[1:]))
    return -terms.sum() / (len(terms) * width)
