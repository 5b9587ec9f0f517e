"""A long short-term memory learns a poem letter by letter, as a graph that is unrolled over a line's length.

``python -m nets.examples.char_lstm`` trains it to foretell each next letter of William Blake's *The Tyger* (1794), and
lets it go on from a few letters. It is trained in a graph with a copy of the cell for each of 32 letters, and sampled
in one with a single step, which takes over the parameters.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import tyro
from rich.progress import track

from nets import console
from nets.graph_layers import dense_biased, softmax_cross_entropy
from nets.graph_plots import draw_graph, draw_losses
from nets.recurrent import LSTMCell, LSTMState, unroll
from nets.trainers import Adam
from shapedmat import Matrix
from shapedmat.graph import Execution, Graph, Variable

f32 = np.float32
Numbers: TypeAlias = Variable[f32, Any, Any]

LENGTH: Final = 32
BATCH: Final = 16
STEPS_BETWEEN_LINES: Final = 100

POEM: Final = """\
Tyger Tyger, burning bright,
In the forests of the night;
What immortal hand or eye,
Could frame thy fearful symmetry?

In what distant deeps or skies,
Burnt the fire of thine eyes?
On what wings dare he aspire?
What the hand, dare seize the fire?

And what shoulder, and what art,
Could twist the sinews of thy heart?
And when thy heart began to beat,
What dread hand? and what dread feet?

What the hammer? what the chain,
In what furnace was thy brain?
What the anvil? what dread grasp,
Dare its deadly terrors clasp!

When the stars threw down their spears
And water'd heaven with their tears:
Did he smile his work to see?
Did he who made the Lamb make thee?

Tyger Tyger burning bright,
In the forests of the night:
What immortal hand or eye,
Dare frame thy fearful symmetry?
"""


@dataclass(frozen=True)
class CharLstm:
    """Train a long short-term memory on a text, and sample from it."""

    text: Path | None = None
    """A text file in UTF-8; without it, the poem."""
    steps: int = 600
    """How many batches of 16 pieces of 32 letters are trained on."""
    hidden: int = 96
    """The size of the memory."""
    learning_rate: float = 0.01
    """η of Adam."""
    prompt: str = "Tyger "
    """What the sample begins with."""
    sampled: int = 200
    """How many letters to sample."""
    temperature: float = 0.5
    """By what the logits are divided before a letter is drawn; the lower, the likelier the likeliest."""
    seed: int = 0
    """Of the weights, the pieces and the sample."""
    device: str = "cpu"
    """Where it is computed: cpu or cuda."""
    figure: Path | None = None
    """A folder for pictures of the losses and of the graph of one step."""


class Letters:
    """The letters of a text, each with a number, and their one-hot codes."""

    def __init__(self, text: str, device: str) -> None:
        self._device = device
        self.known = sorted(set(text))
        self._numbers = {letter: number for number, letter in enumerate(self.known)}
        self._codes = np.eye(len(self.known), dtype=f32)

    def codes(self, letters: str) -> Matrix[f32, Any, Any]:
        """Return a matrix with a row for each letter.

        Raises:
            ValueError: a letter does not occur in the text.
        """
        unknown = sorted(set(letters) - set(self.known))
        if unknown:
            raise ValueError(f"{''.join(unknown)!r} does not occur in the text, from which every letter is learned")
        return Matrix.from_array(self._codes[[self._numbers[letter] for letter in letters]]).to(self._device)


class Reader:
    """The network as a graph: it reads a letter at a time in each row of a batch, and scores what may come next.

    Attributes:
        xs: the letters, each of shape (batch, letters known).
        start: the state before the first letter.
        end: the state after the last letter.
        logits: the scores after each letter, of shape (length · batch, letters known), batch after batch.
    """

    def __init__(self, settings: CharLstm, letters: int, *, length: int, batch: int) -> None:
        hidden = settings.hidden
        self.graph = graph = Graph()
        self.xs: list[Numbers] = [graph.input(f"x{step}", batch, letters) for step in range(length)]
        self.start: LSTMState[f32, Any, Any] = LSTMState(
            graph.input("h", batch, hidden), graph.input("c", batch, hidden)
        )
        cell: LSTMCell[f32, Any, Any] = LSTMCell.added(graph, letters, hidden, name="memory", dtype=f32)
        states = unroll(cell, self.xs, self.start)
        self.end = states[-1]
        outputs: Numbers = states[0].h.vstack(*(state.h for state in states[1:]))
        self.logits: Numbers = dense_biased(graph, outputs, letters, name="scores")
        self.resting = Matrix.zeros(batch, hidden, device=settings.device)


def run(settings: CharLstm) -> str:
    """Train, print the loss in nats a letter on the way, and return a sample, which is printed too."""
    text = POEM if settings.text is None else settings.text.read_text(encoding="utf-8")
    if len(text) <= LENGTH:
        raise ValueError(f"the text has {len(text)} letters, but more than {LENGTH} are wanted")
    letters = Letters(text, settings.device)
    if not settings.prompt or settings.temperature <= 0:
        raise ValueError(
            "a prompt of at least one letter and a positive temperature are wanted: "
            f"{settings.prompt!r} and {settings.temperature} were given"
        )
    letters.codes(settings.prompt)  # refuses before training what could not be sampled after it
    if settings.figure is not None:
        console.make_folder(settings.figure, "--figure")
    reader = Reader(settings, len(letters.known), length=LENGTH, batch=BATCH)
    target: Numbers = reader.graph.input("target", LENGTH * BATCH, len(letters.known))
    loss = softmax_cross_entropy(reader.logits, target)
    gradients = reader.graph.backward(loss)
    execution = Execution(reader.graph, seed=settings.seed, device=settings.device)
    trainer = Adam(learning_rate=settings.learning_rate)
    rng = np.random.default_rng(settings.seed)
    rest = reader.start.h.feed(reader.resting), reader.start.c.feed(reader.resting)
    losses: list[float] = []
    for step in track(range(1, settings.steps + 1), "training", transient=True, disable=not sys.stdout.isatty()):
        starts = rng.integers(0, len(text) - LENGTH, BATCH)
        columns = ["".join(text[start + place] for start in starts) for place in range(LENGTH + 1)]
        feeds = [x.feed(letters.codes(column)) for x, column in zip(reader.xs, columns[:-1], strict=True)]
        following = target.feed(letters.codes("".join(columns[1:])))
        losses.append(trainer.step(execution, loss, gradients, *feeds, *rest, following))
        if step % STEPS_BETWEEN_LINES == 0:
            print(f"step {step:5}  loss {np.mean(losses[-STEPS_BETWEEN_LINES:]):.4f}")
    single = Reader(settings, len(letters.known), length=1, batch=1)
    sample = written(settings, letters, single, execution, rng)
    print(f"\n{sample}")
    if settings.figure is not None:
        draw_losses(settings.figure / "loss.png", losses)
        draw_graph(settings.figure / "graph.png", single.graph)
    return sample


def written(settings: CharLstm, letters: Letters, reader: Reader, trained: Execution, rng: np.random.Generator) -> str:
    """Return the prompt and what the network writes after it, letter by letter, each read again."""
    execution = Execution(reader.graph, device=settings.device)
    execution.load(trained.parameters)
    (x,) = reader.xs
    logits, h, c = [reader.resting] * 3
    text = settings.prompt
    for place in range(len(settings.prompt) + settings.sampled):
        if place >= len(text):
            scores = logits.numpy()[0] / settings.temperature
            weights = np.exp(scores - scores.max(), dtype=np.float64)
            text += letters.known[rng.choice(len(weights), p=weights / weights.sum())]
        logits, h, c = execution.run(
            [reader.logits, reader.end.h, reader.end.c],
            x.feed(letters.codes(text[place])),
            reader.start.h.feed(h),
            reader.start.c.feed(c),
        )
    return text


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    settings = tyro.cli(CharLstm, args=arguments, prog="python -m nets.examples.char_lstm", description=__doc__)
    return console.run(lambda: run(settings))


if __name__ == "__main__":
    sys.exit(main())
