"""Products and linear algebra."""

from __future__ import annotations

import math

from tests.mypy_plugin.generators.arguments import (
    called,
    fits_together,
    generator,
    is_square,
    of_matrices,
    of_rank,
    options,
    small,
)
from tests.mypy_plugin.programs import Draw, Operand, Unfit


@generator
def _product(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="f")
    b = draw.array(lambda b: b.rank >= 1 and _dot_fits(a, b), kinds="f")
    return called(draw, "dot", a, f", {b}")


def _dot_fits(a: Operand, b: Operand) -> bool:
    return a.shape[-1] == b.shape[-2 if b.rank > 1 else -1] and math.prod(a.shape) * math.prod(b.shape) < 10**6


@generator
def _product_of_vectors(draw: Draw) -> str:
    a = draw.array(lambda a: a.rank >= 1 and small(a), kinds="f")
    b = draw.array(lambda b: b.rank >= 1 and small(b) and b.shape[-1] == a.shape[-1], kinds="f")
    if not (small(a) and small(b)):
        raise Unfit
    return f"np.{draw.pick('inner outer vdot vecdot matvec vecmat linalg.vecdot linalg.outer')}({a}, {b})"


@generator
def _kron(draw: Draw) -> str:
    a, b = draw.array(small, kinds="f"), draw.array(small, kinds="f")
    if not (small(a) and small(b)):
        raise Unfit
    return f"np.kron({a}, {b})"


@generator
def _cross(draw: Draw) -> str:
    a = draw.array(lambda a: a.rank >= 1 and a.shape[-1] == 3, kinds="f")
    b = draw.array(lambda b: b.rank >= 1 and b.shape[-1] == 3 and fits_together(a)(b), kinds="f")
    return f"np.cross({a}, {b})"


@generator
def _tensordot(draw: Draw) -> str:
    a = draw.array(lambda a: a.rank >= 1 and small(a), kinds="f")
    b = draw.array(lambda b: b.rank >= 1 and small(b), kinds="f")
    if not (small(a) and small(b)):
        raise Unfit
    pairs = [(i, j) for i in range(a.rank) for j in range(b.rank) if a.shape[i] == b.shape[j]]
    if draw.careful and pairs:
        i, j = draw.pick(pairs)
        axes: object = draw.pick([f"({i}, {j})", f"([{i}], [{j}])", f"[[{i}], [{j - b.rank}]]"])
    else:
        axes = draw.pick([0, 1, 2, "([0, 1], [0, 1])", "(0, 1)"])
    return f"np.tensordot({a}, {b}, axes={axes})" if draw.chance(0.9) else f"np.tensordot({a}, {b})"


@generator
def _einsum(draw: Draw) -> str:
    operands = [draw.array(lambda a: 1 <= a.rank <= 4 and small(a), kinds="f") for _ in range(draw.integer(1, 3))]
    if not all(map(small, operands)):
        raise Unfit
    letters: dict[str, int] = {}
    terms = []
    for operand in operands:
        term = ""
        for size in operand.shape:
            known = [
                letter for letter, own in letters.items() if own == size or (not draw.careful and draw.chance(0.2))
            ]
            term += draw.pick(known) if known and draw.chance(0.7) else "ijklmnopqrst"[len(letters)]
            letters.setdefault(term[-1], size)
        terms.append(term)
    total = math.prod(letters.values())
    output = draw.rng.sample(list(letters), draw.integer(0, min(3, len(letters))))
    if total > 10**6:
        raise Unfit
    arrow = draw.pick([f"->{''.join(output)}", f"->{''.join(output)}", "", " -> " + "".join(output)])
    if draw.chance(0.15):
        terms, arrow = [f"...{term[-1:]}" for term in terms], ""
    return f"np.einsum('{','.join(terms)}{arrow}', {', '.join(map(str, operands))})"


@generator
def _multi_dot(draw: Draw) -> str:
    a = draw.array(of_rank(2, 2), kinds="f")
    b = draw.array(lambda b: b.rank == 2 and b.shape[0] == a.shape[-1], kinds="f")
    c = draw.array(lambda c: c.rank == 2 and c.shape[0] == b.shape[-1], kinds="f")
    return f"np.linalg.multi_dot([{a}, {b}, {c}])"


@generator
def _of_square_matrices(draw: Draw) -> str:
    a = draw.array(is_square, kinds="f")
    name = draw.pick("inv det slogdet eig eigh eigvals eigvalsh cholesky cond")
    return str(draw.pick([f"np.linalg.{name}({a})"] * 4 + [f"np.linalg.matrix_power({a}, {draw.integer(-1, 3)})"]))


@generator
def _of_any_matrices(draw: Draw) -> str:
    a = draw.array(of_matrices, kinds="f")
    forms = [f"np.linalg.svd({a})", f"np.linalg.svd({a}, full_matrices=False)", f"np.linalg.svdvals({a})"]
    forms += [f"np.linalg.svd({a}, compute_uv=False)", f"np.linalg.pinv({a})", f"np.linalg.matrix_rank({a})"]
    forms += [f"np.linalg.qr({a})", f"np.linalg.qr({a}, mode={draw.pick(['r', 'complete', 'raw', 'reduced'])!r})"]
    return str(draw.pick(forms))


@generator
def _solve(draw: Draw) -> str:
    a = draw.array(is_square, kinds="f")
    fits = lambda b: 1 <= b.rank <= 2 and bool(a.rank) and b.shape[0] == a.shape[-1]  # noqa: E731
    return f"np.linalg.solve({a}, {draw.array(fits, kinds='f')})"


@generator
def _lstsq(draw: Draw) -> str:
    a = draw.array(of_rank(2, 2), kinds="f")
    fits = lambda b: 1 <= b.rank <= 2 and bool(a.rank) and b.shape[0] == a.shape[0]  # noqa: E731
    return f"np.linalg.lstsq({a}, {draw.array(fits, kinds='f')})"


@generator
def _norm(draw: Draw) -> str:
    a = draw.array(kinds="f")
    axis = draw.pick(["None", str(draw.axis(a)), str(draw.axes(a, 2))] if a.rank >= 2 else ["None"])
    order = draw.pick(["", ", ord=2", ", ord=1", ", ord='fro'"]) if not draw.careful else ""
    return f"np.linalg.norm({a}{order}{draw.pick(['', f', axis={axis}'])}{options(draw, keepdims=str(draw.flag()))})"
