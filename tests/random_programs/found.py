"""The smallest programs that random programs were wrong for, each with what went wrong."""

FOUND = {
    # `and` in the condition of a loop becomes an `if` at the end of its condition region: its result was not
    # assigned
    "while_and_first": """\
def f(a, b, u, v, A, n, k):
    j = 0
    while j < n and a > -3.0:
        j += 1
    return u[j] * b
""",
    "while_and_in_branch": """\
def f(a, b, u, v, A, n, k):
    if b < 1.1:
        j = 0
        while j < 3 and v[1] < 3.0:
            j += 1
            b += math.sin(b)
    return b * a
""",
    "while_and_stale": """\
def f(a, b, u, v, A, n, k):
    if a < 2.0:
        j = 0
        while j < 3 and n != 1 and np.mean(A) > -3.0:
            j += 1
            a = np.sin(a * b)
    return float(u[k]) * a
""",
    # a value named after a `return` that the pullback takes as a parameter
    "return_of_helper_kept": """\
def h(x, y):
    if x > 0.0:
        return y * x
    return 1.1

def f(a, b, u, v, A, n, k):
    return math.sin(h(a, b))
""",
    "returns_kept": """\
def f(a, b, u, v, A, n, k):
    if a > 0.137:
        if n > 0:
            return math.sin(u[k]), b * v
    return a, u
""",
    # the length of a whole axis was asked of a residual that is a part of it
    "length_of_a_part": """\
def f(a, b, u, v, A, n, k):
    u[::1] = np.var(v)
    t = u @ v
    v[::2] = u[2:]
    return (0.5, v)
""",
    # a return inside of an `if` without `else` in a branch of a loop: what it returns was read where it was
    # not bound
    "return_in_while": """\
def f(a, b, u, v, A, n, k):
    j = 0
    while j < n:
        if A[j - 1, (n + 1) % 3] > -0.219:
            if k > 0 or u[j - 1] < 0.0471:
                return u[k] + b * A[j, 1]
        elif not u[j] < 0.274:
            pass
        j += 1
    return a * (a * A[k, 2])
""",
    # the adjoint of a Python float came out as a NumPy scalar
    "kind_of_swapped_float": """\
def f(a, b, u, v, A, n, k):
    for i in u:
        a = np.sin(a)
        if a > 0.137:
            a, b = (b, 0.5)
    return a
""",
    # one name was given to a flag and to the array that a loop walks over
    "name_of_walked_array": """\
def f(a, b, u, v, A, n, k):
    for i, x in enumerate(v):
        for y in A @ u[:-1]:
            if v[i] > 0.391:
                y *= np.tanh(b)
                return A[n, k] if np.trace(A[:3, :3]) > 0.0471 else A[i - 1, 0] * 0.8
        j = 0
        while j < 3:
            j += 1
    return math.tanh(a)
""",
    # an element folded into the condition of a loop, past the next use of its index's name
    "index_in_while_condition": """\
def f(a, b, u, v, A, n, k):
    j = 0
    while j < n and v[(k + 0) % 4] / (1.3 + u[3] * u[3]) < -0.219:
        j += 1
    return math.exp(-abs(a + v[(n + 1) % 4]) - 0.1) + j
""",
    # the primal's product took the adjoint's contiguous copy of a strided view: another order of summation
    "copy_in_place_of_view": """\
def f(a, b, u, v, A, n, k):
    t1 = a * 0.5 + a
    v[v > 0.137] = t1
    return A[:, 2] @ v
""",
    "kind_of_choice": """\
def f(a, b, u, v, A, n, k):
    if A[2, 0] < -0.467:
        j = 0
        while j < 3 and u[2] < 0.391:
            b = np.cos(np.sum(A * A))
            j += 1
    else:
        u[::-1] *= np.tanh(u + v)
    return b - (u[k] if u[0] < 0.137 else b)
""",
    "while_and_empty": """\
def f(a, b, u, v, A, n, k):
    j = 0
    while j < 3 and k > 0:
        j += 1
    return a * j
""",
    # a flag `returned` that is not bound where the `if` is not taken and the `while` has no turn
    "loop_in_branch_then_while": """\
def f(a, b, u, v, A, n, k):
    if k != 2:
        for i in range(k):
            a *= b
    while b > 9.0:
        b = 0.5 * b
    return a * b
""",
    # the same flag, after a `return` in two `if`s
    "return_in_two_branches_then_loop": """\
def f(a, b, u, v, A, n, k):
    if n > 0:
        if a > 0.137:
            return a * b
    for i in range(n):
        a *= 0.5
    return a * a
""",
    # `u *= 0.5` on the name of the array that a loop goes over: the loop goes on over the old values
    "augmented_while_iterated": """\
def f(a, b, u, v, A, n, k):
    for x in u:
        u *= 0.5
        a += x * b
    return a
""",
    # float32 arguments: the gradient by u came as float64
    "single_precision_through_double_memory": """\
def f(a, b, u, v, A, n, k):
    w = np.zeros(3)
    w[1] = np.mean(u)
    return np.sum(w) + np.sum(np.sin(u))
""",
    # float32 and float64 memory change places: what is asked for its shape gives its dtype too
    "single_precision_changes_places": """\
def f(a, b, u, v, A, n, k):
    w, z = v.copy(), np.zeros(4)
    for i in range(n):
        if b > 0.137:
            w *= 0.5
        w, z = z, w
    return np.sum(v * v) + np.sum(np.sin(z)) * a
""",
}

# What is wrong today.  A program that comes out right is to be moved up to FOUND (a test says so).
WRONG_TODAY: dict[str, str] = {}
