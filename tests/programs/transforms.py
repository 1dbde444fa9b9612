"""Transforms that overwrite their input: butterflies, lifting, scans."""

import math

import numpy as np

from .registry import program

R = np.random.default_rng(105)
X8 = R.uniform(-1.0, 1.0, 8)
Y8 = R.uniform(-1.0, 1.0, 8)


@program((X8, Y8), wrt=(0, 1))
def fft_of_real_and_imaginary_parts(re, im):
    n = len(re)
    j = 0
    for i in range(1, n):
        bit = n >> 1
        while j & bit:
            j ^= bit
            bit >>= 1
        j |= bit
        if i < j:
            re[i], re[j] = re[j], re[i]
            im[i], im[j] = im[j], im[i]
    size = 2
    while size <= n:
        half = size // 2
        for start in range(0, n, size):
            for k in range(half):
                angle = -2.0 * math.pi * k / size
                c, s = math.cos(angle), math.sin(angle)
                p, q = start + k, start + k + half
                tr = c * re[q] - s * im[q]
                ti = s * re[q] + c * im[q]
                re[q] = re[p] - tr
                im[q] = im[p] - ti
                re[p] += tr
                im[p] += ti
        size *= 2
    total = 0.0
    for k in range(n):
        total += (k + 1) * (re[k] ** 2 + im[k] ** 2) ** 1.5
    return total


@program((X8, Y8), wrt=(0, 1))
def fft_in_complex_memory(re, im):
    z = re + 1j * im
    n = len(z)
    size = n
    while size > 1:
        half = size // 2
        w = np.exp(-2j * np.pi * np.arange(half) / size)
        for start in range(0, n, size):
            a = z[start : start + half].copy()
            b = z[start + half : start + size].copy()
            z[start : start + half] = a + b
            z[start + half : start + size] = (a - b) * w
        size = half
    z *= 0.5 + 0.1j
    return np.sum(np.arange(1.0, n + 1) * np.abs(z) ** 2) + z[3].real * z[5].imag


@program((X8[:5], Y8[:5], 3), wrt=(0, 1))
def mandelbrot_orbits_in_an_array(cx, cy, steps):
    c = cx + 1j * cy
    z = np.zeros(len(c), dtype=complex)
    for _ in range(steps):
        for i in range(len(c)):
            if z[i].real ** 2 + z[i].imag ** 2 < 4.0:
                z[i] = z[i] * z[i] + c[i]
    return np.sum(z.real**2 + z.imag)


@program((X8,))
def walsh_hadamard_in_place(x):
    n = len(x)
    h = 1
    while h < n:
        for i in range(0, n, 2 * h):
            for j in range(i, i + h):
                x[j], x[j + h] = x[j] + x[j + h], x[j] - x[j + h]
        h *= 2
    return np.sum(x**3)


@program((X8,))
def haar_lifting_and_back_with_shrinkage(x):
    n = len(x)
    while n > 1:
        half = n // 2
        low = 0.5 * (x[0:n:2] + x[1:n:2])
        high = x[0:n:2] - x[1:n:2]
        x[:half] = low
        x[half:n] = high
        n = half
    for i in range(1, len(x)):
        if abs(x[i]) > 0.2:
            x[i] -= 0.1 * x[i] ** 2
        else:
            x[i] = x[i] ** 3
    n = 1
    while n < len(x):
        both = np.empty(2 * n)
        both[::2] = x[:n] + 0.5 * x[n : 2 * n]
        both[1::2] = x[:n] - 0.5 * x[n : 2 * n]
        x[: 2 * n] = both
        n *= 2
    return np.sum(x**2) + x[0]


@program((X8,))
def lifting_steps_on_strided_views(x):
    even, odd = x[::2], x[1::2]
    odd[:-1] -= 0.5 * (even[:-1] + even[1:])
    odd[-1] -= even[-1]
    even[1:] += 0.25 * (odd[:-1] + odd[1:]) * even[1:]
    even[0] += 0.5 * odd[0] ** 2
    return np.sum(x**2)


@program((X8,))
def blelloch_scan(x):
    n = len(x)
    a = x * 1.0
    d = 1
    while d < n:
        for i in range(0, n, 2 * d):
            a[i + 2 * d - 1] += a[i + d - 1]
        d *= 2
    total = a[n - 1]
    a[n - 1] = 0.0
    d = n // 2
    while d >= 1:
        for i in range(0, n, 2 * d):
            t = a[i + d - 1]
            a[i + d - 1] = a[i + 2 * d - 1]
            a[i + 2 * d - 1] += t
        d //= 2
    return np.sum(a**2) + total * a[3]


@program((X8,))
def hillis_steele_scan_with_two_buffers(x):
    src, dst = x.copy(), np.empty_like(x)
    d = 1
    while d < len(x):
        for i in range(len(x)):
            if i >= d:
                dst[i] = src[i] + 0.9 * src[i - d]
            else:
                dst[i] = src[i]
        src, dst = dst, src
        d *= 2
    return np.sum(src**2)


@program((X8,))
def fft_with_views_of_halves(x):
    """Decimation in time without recursion: the stages work on strided views of one buffer."""
    n = len(x)
    c = np.zeros(n)
    s = np.zeros(n)
    for k in range(n):
        for part in (x[::2], x[1::2]):
            for i in range(len(part)):
                c[k] += part[i] * math.cos(2.0 * math.pi * k * i / n)
                s[k] -= part[i] * math.sin(2.0 * math.pi * k * i / n)
    return np.sum(c**2 * s) + c[1]


def merged_halves(x):
    n = len(x)
    if n == 1:
        return x.copy()
    a, b = merged_halves(x[: n // 2]), merged_halves(x[n // 2 :])
    out = np.zeros(n)
    i, j = 0, 0
    for k in range(n):
        if j >= len(b) or (i < len(a) and a[i] <= b[j]):
            out[k] = a[i]
            i += 1
        else:
            out[k] = b[j] * 1.1
            j += 1
    return out


@program((X8[:5],), (X8[:1],))
def recursive_merge_of_views(x):
    y = merged_halves(x)
    return np.sum(y**2 * np.arange(1.0, len(y) + 1))


def recursive_hadamard(x):
    n = len(x)
    if n == 1:
        return x * 1.0
    out = np.empty(n)
    a = recursive_hadamard(x[: n // 2])
    b = recursive_hadamard(x[n // 2 :])
    out[: n // 2] = a + b
    out[n // 2 :] = a - b
    return out


@program((X8,))
def hadamard_by_recursion(x):
    return np.sum(recursive_hadamard(np.sin(x)) ** 3)


@program((X8[:6],))
def cosine_transform_and_quantised_gain(x):
    n = len(x)
    y = np.zeros(n)
    for k in range(n):
        for i in range(n):
            y[k] += x[i] * math.cos(math.pi * k * (2 * i + 1) / (2 * n))
        y[k] *= 1.0 / (1.0 + k)
    for k in range(1, n):
        y[k] -= 0.1 * y[k - 1] * y[k]
    return np.sum(y**2)


@program((R.uniform(-1.0, 1.0, (3, 3)),))
def transposed_in_place_by_swaps(a):
    n = a.shape[0]
    w = np.arange(1.0, 10.0).reshape(3, 3)
    first = np.sum(w * a**2)
    for i in range(n):
        for j in range(i + 1, n):
            a[i, j], a[j, i] = a[j, i], a[i, j]
    return first * np.sum(w * np.sin(a))


@program((X8[:6], 2), (X8[:6], 4))
def rotated_by_three_reversals(x, k):
    n = len(x)
    for lo, hi in ((0, k), (k, n), (0, n)):
        i, j = lo, hi - 1
        while i < j:
            x[i], x[j] = x[j], x[i]
            i += 1
            j -= 1
    return np.sum(x**2 * np.arange(1.0, n + 1.0))
