"""Numbers put in order in place; what follows the order has a derivative, the order has none."""

import numpy as np

from .registry import program

X8 = np.array([0.71, -0.32, 1.45, 0.13, -1.21, 0.94, 2.02, -0.77])
W8 = np.linspace(0.3, 1.9, 8)


@program((X8, W8), wrt=(0, 1))
def bitonic_network(x, w):
    n = len(x)
    k = 2
    while k <= n:
        j = k // 2
        while j > 0:
            for i in range(n):
                other = i ^ j
                if other > i:
                    up = (i & k) == 0
                    if (x[i] > x[other]) == up:
                        x[i], x[other] = x[other], x[i]
            j //= 2
        k *= 2
    return np.sum(w * x**2)


@program((X8[:5], W8[:5]), wrt=(0, 1))
def odd_even_transposition(x, w):
    n = len(x)
    for phase in range(n):
        for i in range(phase % 2, n - 1, 2):
            low, high = min(x[i], x[i + 1]), max(x[i], x[i + 1])
            x[i] = low
            x[i + 1] = high
    return np.dot(w, x * x)


@program((X8[:6], W8[:6]), wrt=(0, 1))
def insertion_sort_in_place(x, w):
    for i in range(1, len(x)):
        key = x[i]
        j = i - 1
        while j >= 0 and x[j] > key:
            x[j + 1] = x[j]
            j -= 1
        x[j + 1] = key
    return np.sum(w * np.sin(x))


@program((X8[:5], W8[:5]), (np.sort(X8[:5]), W8[:5]), wrt=(0, 1))
def bubble_sort_until_quiet(x, w):
    swapped = True
    while swapped:
        swapped = False
        for i in range(len(x) - 1):
            if x[i] > x[i + 1]:
                x[i], x[i + 1] = x[i + 1], x[i]
                w[i], w[i + 1] = w[i + 1] * 1.1, w[i]
                swapped = True
    return np.sum(w * x)


def sift_down(x, start, end):
    root = start
    while 2 * root + 1 < end:
        child = 2 * root + 1
        if child + 1 < end and x[child] < x[child + 1]:
            child += 1
        if x[root] >= x[child]:
            return
        x[root], x[child] = x[child], x[root]
        root = child


@program((X8[:6], W8[:6]), wrt=(0, 1))
def heap_sort(x, w):
    n = len(x)
    for start in range(n // 2 - 1, -1, -1):
        sift_down(x, start, n)
    for end in range(n - 1, 0, -1):
        x[0], x[end] = x[end], x[0]
        sift_down(x, 0, end)
    return np.sum(w * x**3)


@program((X8, W8), wrt=(0, 1))
def merge_sort_from_the_bottom(x, w):
    n = len(x)
    buffer = np.zeros(n)
    width = 1
    while width < n:
        for low in range(0, n, 2 * width):
            mid, high = min(low + width, n), min(low + 2 * width, n)
            i, j = low, mid
            for k in range(low, high):
                if i < mid and (j >= high or x[i] <= x[j]):
                    buffer[k] = x[i]
                    i += 1
                else:
                    buffer[k] = x[j]
                    j += 1
        x, buffer = buffer, x
        width *= 2
    return np.sum(w * x * x)


@program((X8[:7],))
def selection_and_trimmed_mean(x):
    n = len(x)
    for i in range(n):
        low = i
        for j in range(i + 1, n):
            if x[j] < x[low]:
                low = j
        tmp = x[i]
        x[i] = x[low]
        x[low] = tmp
    return np.mean(x[1:-1]) ** 2 + x[n // 2]


@program((X8[:6], 3), (X8[:6], 0))
def quickselect(x, k):
    lo, hi = 0, len(x) - 1
    while lo < hi:
        pivot = x[hi]
        store = lo
        for i in range(lo, hi):
            if x[i] < pivot:
                x[i], x[store] = x[store], x[i]
                store += 1
        x[hi], x[store] = x[store], x[hi]
        if store == k:
            break
        if store < k:
            lo = store + 1
        else:
            hi = store - 1
    return x[k] ** 2 + 0.5 * x[0]


@program((np.array([0.31, 2.72, 1.13, 1.91, 0.84, 2.33]),))
def bucket_sort_by_value(x):
    count = np.zeros(3, dtype=int)
    for v in x:
        count[int(v)] += 1
    start = np.zeros(3, dtype=int)
    for b in range(1, 3):
        start[b] = start[b - 1] + count[b - 1]
    y = np.zeros(len(x))
    for v in x:
        b = int(v)
        y[start[b]] = v * (1.0 + b)
        start[b] += 1
    total = 0.0
    for i in range(1, len(y)):
        total += y[i - 1] * y[i]
    return total


@program((X8[:6], 2))
def largest_kept_in_a_buffer(x, k):
    best = np.full(k, -9.0)
    for v in x:
        if v > best[0]:
            best[0] = v
            for i in range(k - 1):
                if best[i] > best[i + 1]:
                    best[i], best[i + 1] = best[i + 1], best[i]
    return np.prod(best)


@program((np.array([3.0, 1.0, 2.0, 0.0]), np.array([0.4, 0.9, -0.5, 1.2])), wrt=(1,))
def permuted_along_cycles(target, x):
    done = np.zeros(4, dtype=bool)
    for s in range(4):
        if done[s]:
            continue
        i, carried = s, x[s] * 1.5
        while True:
            j = int(target[i])
            x[j], carried = carried, x[j] * 1.5
            done[i] = True
            i = j
            if i == s:
                break
    return np.sum(x * np.array([1.0, 2.0, 3.0, 4.0]))
