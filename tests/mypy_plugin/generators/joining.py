"""Arrays joined, split, repeated and padded."""

from __future__ import annotations

from tests.mypy_plugin.generators.arguments import (
    called,
    generator,
    of_rank,
    options,
    small,
)
from tests.mypy_plugin.programs import Draw, Operand, tuple_text


@generator
def _concatenate(draw: Draw) -> str:
    a = draw.array(of_rank(1))
    axis = draw.axis(a)
    valid = -a.rank <= axis < a.rank
    place = axis % a.rank if valid else 0

    def fits(b: Operand) -> bool:
        drop = [i for i in range(a.rank) if i != place]
        return b.rank == a.rank and all(a.shape[i] == b.shape[i] for i in drop)

    others = [draw.array(fits) for _ in range(draw.integer(0, 2))]
    arrays = f"[{', '.join(map(str, [a, *others]))}]" if draw.flag() else tuple_text([a, *others])
    return f"np.concatenate({arrays}{options(draw, axis=str(axis))})"


@generator
def _stack(draw: Draw) -> str:
    a = draw.array()
    others = [draw.array(lambda b: b.shape == a.shape) for _ in range(draw.integer(0, 2))]
    return f"np.stack([{', '.join(map(str, [a, *others]))}]{options(draw, axis=str(draw.axis(a, more=1)))})"


@generator
def _stacks(draw: Draw) -> str:
    a = draw.array()
    others = [
        draw.array(lambda b: b.rank == a.rank and b.shape[-1:] == a.shape[-1:]) for _ in range(draw.integer(0, 2))
    ]
    name = draw.pick("vstack hstack dstack column_stack")
    return f"np.{name}([{', '.join(map(str, [a, *others]))}])"


@generator
def _stack_of_comprehension(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="fi")
    inner = draw.pick(["r", "r.sum(axis=0)", "r + 1"] + ["r[..., None]"] * (a.rank > 1))
    name = draw.pick("stack concatenate vstack hstack array asarray")
    return f"np.{name}([{inner} for r in {a}])"


@generator
def _append(draw: Draw) -> str:
    a = draw.array()
    b = draw.array(lambda b: b.rank == a.rank and b.shape[1:] == a.shape[1:])
    return f"np.append({a}, {b}{options(draw, axis=str(0 if draw.careful and a.rank else draw.integer(-2, 2)))})"


@generator
def _block(draw: Draw) -> str:
    a = draw.array(of_rank(1, 3))
    b = draw.array(lambda b: b.shape == a.shape)
    return str(draw.pick([f"np.block([[{a}, {b}], [{b}, {a}]])", f"np.block([{a}, {b}])", f"np.block([[{a}], [{b}]])"]))


@generator
def _split(draw: Draw) -> str:
    a = draw.array(of_rank(1))
    axis = draw.axis(a)
    size = a.shape[axis] if -a.rank <= axis < a.rank else 2
    parts = draw.pick(
        [f"[{draw.integer(-2, 3)}]", "[1, 3]", str(size) if size < 6 else "1", str(draw.integer(1, 4)), "(2,)"]
    )
    item = draw.pick(["", "", "[0]", "[-1]"])
    name = draw.pick("split array_split")
    return f"np.{name}({a}, {parts}{draw.pick([f', axis={axis}', f', {axis}', ''])}){item}"


@generator
def _splits(draw: Draw) -> str:
    name, rank = draw.pick([("vsplit", 2), ("hsplit", 1), ("dsplit", 3)])
    a = draw.array(of_rank(rank))
    parts = draw.pick(["1", "[1]", "[1, 2]", str(draw.integer(1, 4))])
    return f"np.{name}({a}, {parts})"


@generator
def _unstack(draw: Draw) -> str:
    a = draw.array(of_rank(1))
    return f"np.unstack({a}{options(draw, axis=str(draw.axis(a)))})"


@generator
def _pad(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="fi")
    one, two = draw.integer(0, 3), draw.integer(0, 3)
    pairs = [(draw.integer(0, 2), draw.integer(0, 2)) for _ in range(a.rank if draw.careful else draw.integer(1, 3))]
    widths = draw.pick(
        [one, (one, two), ((one, two),), tuple(pairs), f"[{pairs[0]}]", f"{{0: {one}}}", f"{{-1: {(one, two)}}}"]
    )
    mode = draw.pick(["", ", mode='edge'", ", mode='constant', constant_values=1", ", mode='wrap'", ", 'reflect'"])
    return f"np.pad({a}, {widths}{mode})"


@generator
def _tile(draw: Draw) -> str:
    a = draw.array(small)
    reps = draw.pick([draw.integer(0, 3), tuple(draw.integer(0, 3) for _ in range(draw.integer(0, 3))), draw.size()])
    return f"np.tile({a}, {reps})"


@generator
def _repeat(draw: Draw) -> str:
    a = draw.array(small)
    axis = draw.axis(a) if a.rank else None
    counts = draw.pick([draw.integer(0, 3), draw.size(), "[1, 2]", "[2]", "np.array([0, 1, 2])"])
    return called(draw, "repeat", a, f", {counts}{options(draw, axis=str(axis))}")


@generator
def _resize(draw: Draw) -> str:
    return f"np.resize({draw.array()}, {draw.pick([tuple_text(draw.sizes(2)), draw.size()])})"


@generator
def _edited(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="fi")
    axis = draw.pick([draw.axis(a), "None"])
    places = draw.pick(["0", "-1", "[0]", "[0, 0]", "slice(0, 2)", "1", "[1, 0]", "np.s_[::2]"])
    value = draw.pick(["0", "[1.0]", draw.array(small, kinds="fi")])
    return str(draw.pick([f"np.delete({a}, {places}, axis={axis})", f"np.insert({a}, {places}, {value}, axis={axis})"]))
