"""Filters of images and signals, with borders, minima and masks."""

import math

import numpy as np

from .registry import program

R = np.random.default_rng(106)
IMG = R.uniform(0.1, 1.0, (4, 5))


@program((IMG, np.array([0.2, 0.5, 0.3])), wrt=(0, 1))
def separable_convolution_with_clamped_borders(img, k):
    n, m = img.shape
    tmp = np.zeros_like(img)
    out = np.zeros_like(img)
    for i in range(n):
        for j in range(m):
            for d in range(-1, 2):
                tmp[i, j] += k[d + 1] * img[i, min(max(j + d, 0), m - 1)]
    for i in range(n):
        for j in range(m):
            for d in range(-1, 2):
                out[i, j] += k[d + 1] * tmp[min(max(i + d, 0), n - 1), j]
    return np.sum(out**2)


@program((R.uniform(-1.0, 1.0, 7), 2))
def median_of_three_repeated(x, passes):
    for _ in range(passes):
        before = x[0]
        for i in range(1, len(x) - 1):
            a, b, c = before, x[i], x[i + 1]
            before = b
            if a > b:
                a, b = b, a
            if b > c:
                b = c
            if a > b:
                b = a
            x[i] = b * 1.01
    return np.sum(x**2)


@program((IMG, 0.5, 0.4), wrt=(0, 1, 2))
def bilateral_filter(img, ss, sr):
    n, m = img.shape
    out = np.zeros((n, m))
    for i in range(n):
        for j in range(m):
            total = 0.0
            for a in range(max(i - 1, 0), min(i + 2, n)):
                for b in range(max(j - 1, 0), min(j + 2, m)):
                    d2 = (i - a) ** 2 + (j - b) ** 2
                    w = math.exp(-d2 * ss) * math.exp(-((img[i, j] - img[a, b]) ** 2) / sr)
                    out[i, j] += w * img[a, b]
                    total += w
            out[i, j] /= total
    return np.sum(out**2)


@program((R.uniform(-1.0, 1.0, 8), 2))
def box_blur_by_running_sums(x, r):
    n = len(x)
    c = np.zeros(n + 1)
    c[1:] = np.cumsum(x)
    for i in range(n):
        lo, hi = max(i - r, 0), min(i + r + 1, n)
        x[i] = x[i] * (c[hi] - c[lo]) / (hi - lo)
    return np.sum(x**2)


@program((IMG,))
def sobel_with_non_maximum_suppression(img):
    n, m = img.shape
    gx = np.zeros((n, m))
    gy = np.zeros((n, m))
    gx[1:-1, 1:-1] = (
        img[:-2, 2:] + 2.0 * img[1:-1, 2:] + img[2:, 2:] - img[:-2, :-2] - 2.0 * img[1:-1, :-2] - img[2:, :-2]
    )
    gy[1:-1, 1:-1] = (
        img[2:, :-2] + 2.0 * img[2:, 1:-1] + img[2:, 2:] - img[:-2, :-2] - 2.0 * img[:-2, 1:-1] - img[:-2, 2:]
    )
    g = np.sqrt(gx**2 + gy**2 + 0.01)
    keep = g.copy()
    for i in range(1, n - 1):
        for j in range(1, m - 1):
            if abs(gx[i, j]) > abs(gy[i, j]):
                a, b = g[i, j - 1], g[i, j + 1]
            else:
                a, b = g[i - 1, j], g[i + 1, j]
            if g[i, j] < a or g[i, j] < b:
                keep[i, j] *= 0.1
    return np.sum(keep**2)


@program((IMG,))
def dilation_then_erosion(img):
    n, m = img.shape
    out = img.copy()
    for i in range(n):
        for j in range(m):
            if i > 0:
                out[i, j] = max(out[i, j], img[i - 1, j])
            if j > 0:
                out[i, j] = max(out[i, j], img[i, j - 1])
    again = out.copy()
    for i in range(n - 1):
        for j in range(m):
            again[i, j] = min(out[i, j], 1.05 * out[i + 1, j])
    return np.sum(again**2)


@program((IMG,))
def error_diffusion(img):
    n, m = img.shape
    for i in range(n):
        for j in range(m):
            old = img[i, j]
            if old > 0.61:
                img[i, j] = 1.0
            else:
                img[i, j] = 0.2 * old
            err = old - img[i, j]
            if j + 1 < m:
                img[i, j + 1] += err * 7.0 / 16.0
            if i + 1 < n:
                img[i + 1, j] += err * 5.0 / 16.0
    return np.sum(img**2)


@program((R.uniform(0.0, 1.0, (3, 4)), R.uniform(0.2, 0.8, (3, 4))), wrt=(0, 1))
def layers_blended_in_place(a, alpha):
    for row, cover in zip(a, alpha):
        row *= cover
        row += (1.0 - cover) * row**2
    a[:, ::2] *= a[:, 1::2]
    return a.sum()


@program((IMG, 0.65, 1.3), wrt=(0, 1, 2))
def warped_by_bilinear_samples(img, dx, dy):
    n, m = img.shape
    out = np.zeros((n, m))
    for i in range(n):
        for j in range(m):
            x, y = j * 0.9 + dx, i * 0.6 + 0.5 * dy
            j0, i0 = int(x), int(y)
            if j0 + 1 >= m or i0 + 1 >= n:
                out[i, j] = img[i, j]
                continue
            fx, fy = x - j0, y - i0
            top = (1.0 - fx) * img[i0, j0] + fx * img[i0, j0 + 1]
            low = (1.0 - fx) * img[i0 + 1, j0] + fx * img[i0 + 1, j0 + 1]
            out[i, j] = (1.0 - fy) * top + fy * low
    return np.sum(out**2)


@program((IMG,))
def equalised_by_masks(img):
    low = img < 0.35
    high = img > 0.75
    img[low] = img[low] ** 2 * 2.0
    img[high] *= 0.9
    img[~low & ~high] += 0.1 * np.mean(img)
    return np.sum(img**2)


@program((R.uniform(0.1, 1.0, (4, 4)),))
def pooled_and_unpooled(img):
    n, m = img.shape
    pooled = np.zeros((n // 2, m // 2))
    where = np.zeros((n // 2, m // 2), dtype=int)
    for i in range(n // 2):
        for j in range(m // 2):
            for k in range(4):
                v = img[2 * i + k // 2, 2 * j + k % 2]
                if v > pooled[i, j]:
                    pooled[i, j] = v
                    where[i, j] = k
    pooled **= 2
    out = np.zeros((n, m))
    for i in range(n // 2):
        for j in range(m // 2):
            k = where[i, j]
            out[2 * i + k // 2, 2 * j + k % 2] = pooled[i, j]
    return np.sum(out * img)


@program((R.uniform(0.1, 1.0, (3, 4)), 0.7), wrt=(0, 1))
def recursive_gaussian_both_ways(img, a):
    n, m = img.shape
    for row in range(n):
        y1 = np.zeros(m)
        y2 = np.zeros(m)
        y1[0] = (1.0 - a) * img[row, 0]
        for j in range(1, m):
            y1[j] = (1.0 - a) * img[row, j] + a * y1[j - 1]
        for j in range(m - 2, -1, -1):
            y2[j] = a * (1.0 - a) * img[row, j + 1] + a * y2[j + 1]
        img[row] = y1 + y2
    return np.sum(img**2)
