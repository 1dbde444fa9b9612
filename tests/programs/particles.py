"""Many bodies: forces accumulated in place, positions and velocities overwritten step by step."""

import numpy as np

from .registry import program

R = np.random.default_rng(104)
POS = np.array([[0.0, 0.1, 0.2], [1.1, -0.2, 0.3], [0.2, 1.3, -0.4]])
VEL = R.uniform(-0.3, 0.3, (3, 3))
MASS = np.array([1.0, 0.7, 1.3])


@program((POS, VEL, MASS, 2), wrt=(0, 1, 2))
def gravity_with_newtons_third_law(pos, vel, mass, steps):
    n = len(mass)
    for _ in range(steps):
        force = np.zeros_like(pos)
        for i in range(n):
            for j in range(i + 1, n):
                d = pos[j] - pos[i]
                f = mass[i] * mass[j] * d / (np.sum(d * d) + 0.05) ** 1.5
                force[i] += f
                force[j] -= f
        for i in range(n):
            vel[i] += 0.05 * force[i] / mass[i]
            pos[i] += 0.05 * vel[i]
    return np.sum(pos**2) + np.sum(vel**2)


def spring_forces(x, k, out):
    out[:] = 0.0
    for i in range(len(x) - 1):
        f = k[i] * (x[i + 1] - x[i] - 1.0) + 0.1 * (x[i + 1] - x[i]) ** 3
        out[i] += f
        out[i + 1] -= f


@program((np.array([0.0, 1.2, 1.9, 3.3]), np.zeros(4) + 0.1, np.array([1.0, 2.0, 1.5]), 3), wrt=(0, 1, 2))
def velocity_verlet_of_springs(x, v, k, steps):
    f, g = np.empty(len(x)), np.empty(len(x))
    dt = 0.1
    spring_forces(x, k, f)
    for _ in range(steps):
        x += dt * v + 0.5 * dt * dt * f
        spring_forces(x, k, g)
        v += 0.5 * dt * (f + g)
        f, g = g, f
    return np.sum(x * x) + np.sum(v * v)


@program((np.array([[0.0, 0.0], [1.1, 0.1], [0.2, 1.3], [2.9, 2.7]]), 1.0, 1.6), wrt=(0, 1))
def lennard_jones_with_cutoff(pos, sigma, cutoff):
    n = len(pos)
    force = np.zeros(pos.shape)
    energy = 0.0
    for i in range(n - 1):
        for j in range(i + 1, n):
            dx = pos[i, 0] - pos[j, 0]
            dy = pos[i, 1] - pos[j, 1]
            r2 = dx * dx + dy * dy
            if r2 > cutoff * cutoff:
                continue
            s6 = (sigma * sigma / r2) ** 3
            energy += 4.0 * (s6 * s6 - s6)
            f = 24.0 * (2.0 * s6 * s6 - s6) / r2
            force[i, 0] += f * dx
            force[i, 1] += f * dy
            force[j, 0] -= f * dx
            force[j, 1] -= f * dy
    return energy + 0.01 * np.sum(force**2)


@program((np.array([0.15, 0.32, 1.21, 1.44, 2.63, 0.55]), 1.0), wrt=(0,))
def pairs_found_by_linked_cells(x, size):
    cells = 3
    head = -np.ones(cells, dtype=int)
    link = -np.ones(len(x), dtype=int)
    for i in range(len(x)):
        c = int(x[i] / size)
        link[i] = head[c]
        head[c] = i
    energy = 0.0
    force = np.zeros(len(x))
    for c in range(cells):
        i = head[c]
        while i >= 0:
            j = link[i]
            while j >= 0:
                d = x[i] - x[j]
                energy += np.exp(-d * d)
                force[i] += 2.0 * d * np.exp(-d * d)
                force[j] -= 2.0 * d * np.exp(-d * d)
                j = link[j]
            i = link[i]
    return energy + np.sum(force**2)


@program(
    (
        np.array([0.1, 0.9, 2.1, 2.8]),
        np.array([[0, 1], [1, 2], [2, 3], [0, 2]]),
        np.array([1.0, 0.8, 1.2, 2.2]),
        3,
    ),
    wrt=(0, 2),
)
def constraints_projected_in_turn(x, edges, rest, sweeps):
    for _ in range(sweeps):
        for e in range(len(rest)):
            i, j = edges[e]
            shift = 0.5 * (x[j] - x[i] - rest[e])
            x[i] += shift
            x[j] -= shift * (1.0 + 0.1 * x[j])
    return np.sum(x**2)


@program((np.array([0.3, 0.8]), np.array([0.5, -0.9]), 6), wrt=(0, 1))
def bouncing_balls(y, v, steps):
    for _ in range(steps):
        for k in range(len(y)):
            v[k] -= 0.981
            y[k] += 0.1 * v[k]
            if y[k] < 0.0:
                y[k] = -0.8 * y[k]
                v[k] *= -0.8
    return np.sum(y) + np.sum(v**2)


@program((np.array([0.2, 0.7, 1.6, 2.2, 3.4]), R.uniform(0.5, 1.5, 5)), wrt=(0, 1))
def charge_deposited_and_gathered(x, q):
    grid = np.zeros(6)
    for p in range(len(x)):
        i = int(x[p])
        w = x[p] - i
        grid[i] += q[p] * (1.0 - w)
        grid[i + 1] += q[p] * w
    field = np.zeros(6)
    field[1:-1] = 0.5 * (grid[:-2] - grid[2:])
    kick = np.empty(len(x))
    for p in range(len(x)):
        i = int(x[p])
        w = x[p] - i
        kick[p] = (1.0 - w) * field[i] + w * field[i + 1]
    return np.sum(q * kick**2)


@program(
    (R.uniform(-1.0, 1.0, 4), np.array([0.2, 0.5, 0.9, 0.1]), np.array([0.1, 0.4, 0.6, 0.8]), 2), wrt=(0, 1)
)
def particle_filter_with_resampling(x, obs, u, steps):
    n = len(x)
    loglik = 0.0
    for t in range(steps):
        w = np.zeros(n)
        for i in range(n):
            x[i] = 0.8 * x[i] + 0.3 * np.sin(x[i])
            w[i] = np.exp(-0.5 * (obs[t] - x[i]) ** 2)
        total = np.sum(w)
        loglik += np.log(total / n)
        w /= total
        chosen = np.zeros(n, dtype=int)
        c, k = w[0], 0
        for i in range(n):
            while u[i] > c:
                k += 1
                c += w[k]
            chosen[i] = k
        x[:] = x[chosen]
    return loglik + np.sum(x**2)


class Body:
    """A point with its own arrays."""

    def __init__(self, x, v):
        self.x = x
        self.v = v

    def kick(self, a, dt):
        self.v += dt * a

    def drift(self, dt):
        self.x += dt * self.v


@program((np.array([1.0, 0.1]), np.array([0.0, 0.9]), 3), wrt=(0, 1))
def bodies_moved_by_methods(x, v, steps):
    one, two = Body(x, v), Body(-0.5 * x, -v)
    for _ in range(steps):
        d = two.x - one.x
        a = d / (d @ d) ** 1.5
        one.kick(a, 0.1)
        two.kick(-a, 0.1)
        one.drift(0.1)
        two.drift(0.1)
    return one.x @ two.v + two.x @ two.x


@program((POS[:, :2].copy(), VEL[:, :2].copy(), 2), wrt=(0, 1))
def flock_with_neighbours_by_distance(pos, vel, steps):
    n = len(pos)
    for _ in range(steps):
        acc = np.zeros((n, 2))
        for i in range(n):
            count = 0
            for j in range(n):
                if i == j:
                    continue
                d = pos[j] - pos[i]
                r = np.sqrt(d @ d)
                if r < 1.3:
                    acc[i] -= 0.1 * d / r
                    count += 1
                acc[i] += 0.05 * (vel[j] - vel[i])
            if count > 1:
                acc[i] /= count
        vel += acc
        pos += 0.1 * vel
    return np.sum(pos * vel)
