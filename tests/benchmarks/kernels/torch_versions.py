"""The kernels as one writes them in PyTorch, eager; only those that are array operations.

What goes element by element in the other versions (Seidel, the factorisations, Durbin) would take minutes.
Writing into a clone is allowed where what is overwritten is not needed by the backward pass.
"""

import math

import torch


def jacobi_1d(A, B, steps):
    A = A.clone()
    B = B.clone()
    for _ in range(steps):
        B[1:-1] = 0.33333 * (A[:-2] + A[1:-1] + A[2:])
        A[1:-1] = 0.33333 * (B[:-2] + B[1:-1] + B[2:])
    return A.sum()


def jacobi_2d(A, B, steps):
    A = A.clone()
    B = B.clone()
    for _ in range(steps):
        B[1:-1, 1:-1] = 0.2 * (A[1:-1, 1:-1] + A[1:-1, :-2] + A[1:-1, 2:] + A[2:, 1:-1] + A[:-2, 1:-1])
        A[1:-1, 1:-1] = 0.2 * (B[1:-1, 1:-1] + B[1:-1, :-2] + B[1:-1, 2:] + B[2:, 1:-1] + B[:-2, 1:-1])
    return A.sum()


def seven_points(A):
    mid = A[1:-1, 1:-1, 1:-1]
    return (
        0.125 * (A[2:, 1:-1, 1:-1] - 2.0 * mid + A[:-2, 1:-1, 1:-1])
        + 0.125 * (A[1:-1, 2:, 1:-1] - 2.0 * mid + A[1:-1, :-2, 1:-1])
        + 0.125 * (A[1:-1, 1:-1, 2:] - 2.0 * mid + A[1:-1, 1:-1, :-2])
        + mid
    )


def heat_3d(A, B, steps):
    A = A.clone()
    B = B.clone()
    for _ in range(steps):
        B[1:-1, 1:-1, 1:-1] = seven_points(A)
        A[1:-1, 1:-1, 1:-1] = seven_points(B)
    return A.sum()


def fdtd_2d(ex, ey, hz, fict):
    ex = ex.clone()
    ey = ey.clone()
    hz = hz.clone()
    for f in fict:
        ey[0, :] = f
        ey[1:, :] -= 0.5 * (hz[1:, :] - hz[:-1, :])
        ex[:, 1:] -= 0.5 * (hz[:, 1:] - hz[:, :-1])
        hz[:-1, :-1] -= 0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1])
    return hz.sum()


def hdiff(field, coeff):
    lap = 4.0 * field[1:-1, 1:-1] - (field[2:, 1:-1] + field[:-2, 1:-1] + field[1:-1, 2:] + field[1:-1, :-2])
    flow = lap[1:, 1:-1] - lap[:-1, 1:-1]
    flx = torch.where(flow * (field[2:-1, 2:-2] - field[1:-2, 2:-2]) > 0, 0.0, flow)
    flow = lap[1:-1, 1:] - lap[1:-1, :-1]
    fly = torch.where(flow * (field[2:-2, 2:-1] - field[2:-2, 1:-2]) > 0, 0.0, flow)
    out = field[2:-2, 2:-2] - coeff * (flx[1:] - flx[:-1] + fly[:, 1:] - fly[:, :-1])
    return (out * out).sum()


def conv2d(image, weights, bias):
    out = torch.nn.functional.conv2d(image.permute(0, 3, 1, 2), weights.permute(3, 2, 0, 1), bias)
    return (out * out).sum()


def deriche(image, alpha):
    k = (1.0 - math.exp(-alpha)) ** 2 / (1.0 + 2.0 * alpha * math.exp(-alpha) - math.exp(2.0 * alpha))
    a1 = k
    a2 = k * math.exp(-alpha) * (alpha - 1.0)
    a3 = k * math.exp(-alpha) * (alpha + 1.0)
    a4 = -k * math.exp(-2.0 * alpha)
    b1 = 2.0 ** (-alpha)
    b2 = -math.exp(-2.0 * alpha)

    def both_ways(x):
        rows = x.unbind(0)
        zero = torch.zeros_like(rows[0])
        forth, back = [], []
        x1 = y1 = y2 = zero
        for row in rows:
            y1, y2 = a1 * row + a2 * x1 + b1 * y1 + b2 * y2, y1
            x1 = row
            forth.append(y1)
        x1 = x2 = y1 = y2 = zero
        for row in reversed(rows):
            y1, y2 = a3 * x1 + a4 * x2 + b1 * y1 + b2 * y2, y1
            x1, x2 = row, x1
            back.append(y1)
        return torch.stack(forth) + torch.stack(back[::-1])

    return both_ways(both_ways(image.T).T).sum()


def gemm(alpha, beta, C, A, B):
    return torch.addmm(C, A, B, beta=beta, alpha=alpha).sum()


def gemver(alpha, beta, A, u1, v1, u2, v2, x, y, z):
    A = A + torch.outer(u1, v1) + torch.outer(u2, v2)
    x = x + beta * (y @ A) + z
    return (alpha * (A @ x)).sum()


def atax(A, x):
    return ((A @ x) @ A).sum()


def trmm(alpha, A, B):
    return (alpha * (B + torch.tril(A, -1).T @ B)).sum()


def syrk(alpha, beta, C, A):
    return (torch.tril(beta * C + alpha * (A @ A.T)) + torch.triu(C, 1)).sum()


def symm(alpha, beta, C, A, B):
    low = torch.tril(A, -1)
    return (beta * C + alpha * ((low + low.T + torch.diag(torch.diag(A))) @ B)).sum()


def correlation(data):
    m, n = data.shape
    mean = data.mean(dim=0)
    std = torch.sqrt(((data - mean) ** 2).mean(dim=0))
    std = torch.where(std <= 0.1, 1.0, std)
    data = (data - mean) / (math.sqrt(m) * std)
    corr = (data.T @ data).fill_diagonal_(1.0)
    return (corr * corr).sum()


def spmv(start, column, value, x):
    rows = torch.repeat_interleave(torch.arange(len(start) - 1), torch.diff(start))
    y = torch.zeros(len(start) - 1, dtype=x.dtype).index_add(0, rows, value * x[column])
    return (y * y).sum()


def softmax(x):
    out = torch.softmax(x, dim=-1)
    return (out * out).sum()


def mlp(X, labels, W1, b1, W2, b2, W3, b3):
    h = torch.relu(torch.addmm(b1, X, W1))
    h = torch.relu(torch.addmm(b2, h, W2))
    return torch.nn.functional.cross_entropy(torch.addmm(b3, h, W3), labels)


def acceleration(pos, mass, G, softening):
    d = pos[None, :, :] - pos[:, None, :]
    inverse = ((d**2).sum(dim=2) + softening**2) ** (-1.5)
    return G * torch.einsum("ijk,ij,j->ik", d, inverse, mass)


def nbody(mass, pos, vel, dt, G, softening, steps):
    acc = acceleration(pos, mass, G, softening)
    for _ in range(steps):
        vel = vel + acc * dt / 2.0
        pos = pos + vel * dt
        acc = acceleration(pos, mass, G, softening)
        vel = vel + acc * dt / 2.0
    kinetic = 0.5 * (mass * (vel**2).sum(dim=1)).sum()
    d = pos[None, :, :] - pos[:, None, :]
    far = torch.sqrt((d**2).sum(dim=2) + softening**2)
    return kinetic - G * torch.triu(mass[:, None] * mass / far, 1).sum()


def cavity_flow(u, v, p, dt, dx, dy, rho, nu, steps, trips):
    cx = dy**2 / (2.0 * (dx**2 + dy**2))
    cy = dx**2 / (2.0 * (dx**2 + dy**2))

    def advanced(w, u, v, slope):
        mid = w[1:-1, 1:-1]
        return (
            mid
            - u[1:-1, 1:-1] * dt / dx * (mid - w[1:-1, :-2])
            - v[1:-1, 1:-1] * dt / dy * (mid - w[:-2, 1:-1])
            - dt / (2.0 * rho) * slope
            + nu * dt / dx**2 * (w[1:-1, 2:] - 2.0 * mid + w[1:-1, :-2])
            + nu * dt / dy**2 * (w[2:, 1:-1] - 2.0 * mid + w[:-2, 1:-1])
        )

    for _ in range(steps):
        ux = (u[1:-1, 2:] - u[1:-1, :-2]) / (2.0 * dx)
        uy = (u[2:, 1:-1] - u[:-2, 1:-1]) / (2.0 * dy)
        vx = (v[1:-1, 2:] - v[1:-1, :-2]) / (2.0 * dx)
        vy = (v[2:, 1:-1] - v[:-2, 1:-1]) / (2.0 * dy)
        b = rho * (1.0 / dt * (ux + vy) - ux**2 - 2.0 * uy * vx - vy**2)
        for _ in range(trips):
            new = cx * (p[1:-1, 2:] + p[1:-1, :-2]) + cy * (p[2:, 1:-1] + p[:-2, 1:-1]) - dx**2 * cx * b
            p = torch.empty_like(p)
            p[1:-1, 1:-1] = new
            p[1:-1, -1] = new[:, -1]
            p[1:-1, 0] = new[:, 0]
            p[0, 1:-1] = new[0]
            p[0, 0] = new[0, 0]
            p[0, -1] = new[0, -1]
            p[-1, :] = 0.0
        u_new = torch.zeros_like(u)
        v_new = torch.zeros_like(v)
        u_new[1:-1, 1:-1] = advanced(u, u, v, (p[1:-1, 2:] - p[1:-1, :-2]) / dx)
        v_new[1:-1, 1:-1] = advanced(v, u, v, (p[2:, 1:-1] - p[:-2, 1:-1]) / dy)
        u_new[-1, :] = 1.0
        u, v = u_new, v_new
    return (u * u).sum() + (v * v).sum() + p.sum()


def go_fast(a):
    return (a + torch.tanh(torch.diag(a)).sum()).sum()


def vadv(stage, u, wcon, u_pos, tend, dtr):
    levels = stage.shape[2]
    g = 0.125 * (wcon[1:, :, 1:] + wcon[:-1, :, 1:])
    steps = u[:, :, 1:] - u[:, :, :-1]
    right = (dtr * u_pos + tend + stage).unbind(2)
    c, d = [], []
    for k in range(levels):
        rhs, diagonal = right[k], dtr
        if k < levels - 1:
            rhs = rhs - g[:, :, k] * steps[:, :, k]
            diagonal = diagonal - g[:, :, k]
        if k > 0:
            down = -g[:, :, k - 1]
            rhs = rhs + down * steps[:, :, k - 1]
            below = diagonal - down - down * c[-1]
            d.append((rhs - down * d[-1]) / below)
        else:
            below = diagonal
            d.append(rhs / below)
        if k < levels - 1:
            c.append(g[:, :, k] / below)
    x = d[-1]
    out = [x]
    for k in range(levels - 2, -1, -1):
        x = d[k] - c[k] * x
        out.append(x)
    out = dtr * (torch.stack(out[::-1], dim=2) - u_pos)
    return (out * out).sum()


def gmm(alphas, means, icf, x, gamma, m):
    n, d = x.shape
    k = len(alphas)
    column, row = torch.triu_indices(d, d, 1)
    L = torch.zeros((k, d, d), dtype=x.dtype)
    L[:, row, column] = icf[:, d:]
    scale = torch.exp(icf[:, :d])
    logs = icf[:, :d].sum(dim=1)
    centred = x[:, None, :] - means
    q = centred * scale + torch.einsum("kab,nkb->nka", L, centred)
    terms = alphas + logs - 0.5 * (q * q).sum(dim=2)
    total = torch.logsumexp(terms, dim=1).sum() - n * torch.logsumexp(alphas, dim=0)
    prior = 0.5 * gamma * gamma * ((scale * scale).sum() + (L * L).sum()) - m * logs.sum()
    constant = k * ((d + m + 1) * d * (math.log(gamma) - 0.5 * math.log(2.0)))
    return total - 0.5 * n * d * math.log(2.0 * math.pi) - prior + constant


def bundle_adjustment(cameras, points, w, observed, features):
    camera = cameras[observed[:, 0]]
    a = camera[:, :3]
    x = points[observed[:, 1]] - camera[:, 3:6]
    theta = torch.sqrt((a * a).sum(dim=1, keepdim=True))
    axis = a / theta
    cosine = torch.cos(theta)
    along = (axis * x).sum(dim=1, keepdim=True)
    seen = x * cosine + torch.linalg.cross(axis, x) * torch.sin(theta) + axis * (along * (1.0 - cosine))
    image = seen[:, :2] / seen[:, 2:]
    r2 = (image * image).sum(dim=1, keepdim=True)
    distortion = 1.0 + camera[:, 9:10] * r2 + camera[:, 10:11] * r2 * r2
    error = w[:, None] * (image * distortion * camera[:, 6:7] + camera[:, 7:9] - features)
    return (error**2).sum() + ((1.0 - w * w) ** 2).sum()


def lstm(main, extra, state, sequence):
    layers, width = len(state) // 2, sequence.shape[1]
    gates = [(w.reshape(4, width), b.reshape(4, width)) for w, b in zip(main[::2], main[1::2])]
    hidden = list(state[::2])
    cell = list(state[1::2])
    total = 0.0
    for t in range(len(sequence) - 1):
        x = sequence[t] * extra[0]
        for i in range(layers):
            w, b = gates[i]
            forget = torch.sigmoid(x * w[0] + b[0])
            ingate = torch.sigmoid(hidden[i] * w[1] + b[1])
            outgate = torch.sigmoid(x * w[2] + b[2])
            cell[i] = cell[i] * forget + ingate * torch.tanh(hidden[i] * w[3] + b[3])
            hidden[i] = x = outgate * torch.tanh(cell[i])
        y = x * extra[1] + extra[2]
        total = total + sequence[t + 1] @ (y - torch.log(torch.exp(y).sum() + 2.0))
    return -total / ((len(sequence) - 1) * width)
