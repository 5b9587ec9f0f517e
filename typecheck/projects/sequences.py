"""Molecular biology: encoded sequences, motifs, alignment, trees and the geometry of proteins."""

# mypy: disable-error-code="no-any-return"
from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, TypeAlias, overload

import numpy as np
from jaxtyping import Bool, Float, Float32, Int, Int8, Num, UInt8

ALPHABET: Final = "ACGT"
Codes: TypeAlias = UInt8[np.ndarray, " length"]
OneHot: TypeAlias = Float32[np.ndarray, f"length {len(ALPHABET)}"]
Atoms: TypeAlias = Float[np.ndarray, "residue 3"]


class Move(enum.IntEnum):
    """Where the best alignment of two prefixes comes from."""

    STOP = 0
    DIAGONAL = 1
    UP = 2
    LEFT = 3


def encode(sequence: str) -> Codes:
    """Return the numbers of the letters."""
    return np.array([ALPHABET.index(letter) for letter in sequence], dtype=np.uint8)


def decode(codes: Codes) -> str:
    """Return the letters."""
    return "".join(ALPHABET[code] for code in codes)


def one_hot(codes: Codes) -> OneHot:
    """Return a row for each letter."""
    return np.eye(4, dtype=np.float32)[codes]


def reverse_complement(x: Float32[np.ndarray, "*batch length 4"]) -> Float32[np.ndarray, "*batch length 4"]:
    """Return the other strand."""
    return x[..., ::-1, ::-1]


def pad(
    sequences: Sequence[UInt8[np.ndarray, " _"]], fill: int = 255
) -> tuple[UInt8[np.ndarray, "batch longest"], Bool[np.ndarray, "batch longest"]]:
    """Put sequences of several lengths into one array, and say where it is filled."""
    longest = max(len(each) for each in sequences)
    rows = [np.pad(each, (0, longest - len(each)), constant_values=fill) for each in sequences]
    padded = np.stack(rows)
    return padded, padded != fill


def kmer_counts(codes: Codes, k: Literal[1, 2, 3] = 2) -> Int[np.ndarray, " kinds"]:
    """Count the words of a length."""
    words = np.lib.stride_tricks.sliding_window_view(codes, k)
    numbers = words.astype(np.int64) @ (4 ** np.arange(k))
    return np.bincount(numbers, minlength=4**k)


def transitions(codes: Codes) -> Float[np.ndarray, "4 4"]:
    """Return how often each letter follows each other one."""
    counts = np.zeros((4, 4))
    np.add.at(counts, (codes[:-1], codes[1:]), 1.0)
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1.0)


@dataclass(frozen=True)
class Motif:
    """How likely each letter is at each place of a pattern."""

    probabilities: Float[np.ndarray, "width 4"]
    background: Float[np.ndarray, " 4"]

    @classmethod
    def of(cls, sites: Float32[np.ndarray, "site width 4"], pseudo: float = 0.5) -> Motif:
        """Count the letters of sites that are known."""
        counts = sites.sum(axis=0) + pseudo
        background = np.full(4, 0.25)
        return cls(counts / counts.sum(axis=1, keepdims=True), background)

    @cached_property
    def scores(self) -> Float[np.ndarray, "width 4"]:
        """The logarithms of how much likelier letters are than in the background."""
        return np.log2(self.probabilities / self.background)

    @property
    def information(self) -> Float[np.ndarray, " width"]:
        """The bits of each place."""
        return (self.probabilities * self.scores).sum(axis=1)

    def scan(self, x: Float32[np.ndarray, "length 4"]) -> Float[np.ndarray, " positions"]:
        """Score the pattern at each position of a sequence."""
        width = len(self.probabilities)
        windows = np.lib.stride_tricks.sliding_window_view(x, width, axis=0)
        return np.einsum("pcw,wc->p", windows, self.scores)


def substitution_scores(match: int, mismatch: int) -> Int[np.ndarray, "4 4"]:
    """Return one score for equal letters and one for others."""
    return np.where(np.eye(4, dtype=bool), match, mismatch)


def alignment_table(
    a: UInt8[np.ndarray, " n"], b: UInt8[np.ndarray, " m"], scores: Int[np.ndarray, "4 4"], gap: int
) -> tuple[Int[np.ndarray, "n+1 m+1"], Int8[np.ndarray, "n+1 m+1"]]:
    """Fill the table of Smith and Waterman."""
    n, m = len(a), len(b)
    table = np.zeros((n + 1, m + 1), dtype=np.int64)
    moves = np.zeros((n + 1, m + 1), dtype=np.int8)
    pairs = scores[a[:, None], b[None, :]]
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            options = np.array(
                [0, table[i - 1, j - 1] + pairs[i - 1, j - 1], table[i - 1, j] - gap, table[i, j - 1] - gap]
            )
            moves[i, j] = np.argmax(options)
            table[i, j] = options[moves[i, j]]
    return table, moves


def align(a: UInt8[np.ndarray, " n"], b: UInt8[np.ndarray, " m"], gap: int = 2) -> Int[np.ndarray, "pairs 2"]:
    """Return the pairs of places in the best local alignment."""
    table, moves = alignment_table(a, b, substitution_scores(3, -2), gap)
    i, j = np.unravel_index(table.argmax(), table.shape)
    pairs: list[tuple[int, int]] = []
    while moves[i, j] != Move.STOP:
        if moves[i, j] == Move.DIAGONAL:
            pairs.append((int(i) - 1, int(j) - 1))
        step = moves[i, j]
        i, j = i - int(step != Move.LEFT), j - int(step != Move.UP)
    return np.array(pairs[::-1]).reshape(-1, 2)


def hamming(sequences: UInt8[np.ndarray, "taxon length"]) -> Float[np.ndarray, "taxon taxon"]:
    """Return the part of the letters in which each pair differs."""
    return (sequences[:, None, :] != sequences[None, :, :]).mean(axis=2)


def average_linkage(distances: Float[np.ndarray, "taxon taxon"]) -> Int[np.ndarray, "taxon-1 2"]:
    """Return the merges of UPGMA, each as the numbers of two clusters."""
    taxa = distances.shape[0]
    apart = distances + np.diag(np.full(taxa, np.inf))
    sizes = np.ones(taxa)
    merges = np.zeros((taxa - 1, 2), dtype=np.int64)
    for step in range(taxa - 1):
        i, j = sorted(np.unravel_index(np.argmin(apart), apart.shape))
        merged = (sizes[i] * apart[i] + sizes[j] * apart[j]) / (sizes[i] + sizes[j])
        apart[i, :], apart[:, i] = merged, merged
        apart[j, :], apart[:, j] = np.inf, np.inf
        apart[i, i] = np.inf
        sizes[i] += sizes[j]
        merges[step] = i, j
    return merges


@overload
def contacts(atoms: Atoms, cutoff: None = None) -> Float[np.ndarray, "residue residue"]: ...
@overload
def contacts(atoms: Atoms, cutoff: float) -> Bool[np.ndarray, "residue residue"]: ...
def contacts(
    atoms: Atoms, cutoff: float | None = None
) -> Num[np.ndarray, "residue residue"] | Bool[np.ndarray, "residue residue"]:
    """Return the distances of residues, or whether they are near."""
    distances = np.linalg.norm(atoms[:, np.newaxis] - atoms[np.newaxis], axis=2)
    if cutoff is None:
        return distances
    return distances < cutoff


def dihedrals(atoms: Atoms) -> Float[np.ndarray, " residue-3"]:
    """Return the angles by which a chain turns around its bonds."""
    bonds = np.diff(atoms, axis=0)
    normals = np.cross(bonds[:-1], bonds[1:])
    middle = bonds[1:-1] / np.linalg.norm(bonds[1:-1], axis=1, keepdims=True)
    frames = np.cross(normals[:-1], middle)
    x = np.sum(normals[:-1] * normals[1:], axis=1)
    y = np.sum(frames * normals[1:], axis=1)
    return np.arctan2(-y, x)


def gyration(atoms: Atoms, masses: Float[np.ndarray, " residue"] | None = None) -> float:
    """Return the radius of gyration."""
    if masses is None:
        masses = np.ones(len(atoms))
    center = masses @ atoms / masses.sum()
    squares = ((atoms - center) ** 2).sum(axis=-1)
    return float(np.sqrt(masses @ squares / masses.sum()))


def main() -> None:
    """Run everything once."""
    rng = np.random.default_rng(9)
    codes = encode("ACGTTGCAAC")
    assert decode(codes) == "ACGTTGCAAC"
    x = one_hot(codes)
    assert decode(reverse_complement(x).argmax(axis=1).astype(np.uint8)) == "GTTGCAACGT"
    padded, filled = pad([codes, codes[:4]])
    assert padded.shape == (2, 10)
    assert filled.sum(axis=1).tolist() == [10, 4]
    assert kmer_counts(codes).sum() == 9
    assert np.allclose(transitions(codes).sum(axis=1), 1.0)

    motif = Motif.of(np.stack([one_hot(encode(site)) for site in ("TTGCA", "TTGCC", "TTGGA")]))
    assert motif.scan(x).argmax() == 3
    assert motif.information.shape == (5,)

    pairs = align(codes, encode("GTTCAA"))
    assert pairs.tolist() == [[2, 0], [3, 1], [4, 2], [6, 3], [7, 4], [8, 5]]
    table, _ = alignment_table(codes, codes[:7], substitution_scores(1, -1), 1)
    assert table.max() == 7

    taxa = np.stack([codes, codes, codes[::-1]])
    taxa[1, 0] = 3
    distances = hamming(taxa)
    assert np.isclose(distances[0, 1], 0.1)
    assert average_linkage(distances).tolist() == [[0, 1], [0, 2]]

    turns = np.arange(12.0)
    helix = np.stack([np.cos(turns), np.sin(turns), 0.5 * turns], axis=1) + 1e-9 * rng.normal(size=(12, 3))
    assert contacts(helix, 1.2).sum() == 12 + 2 * 11
    assert np.isclose(contacts(helix)[0, 2], contacts(helix)[2, 0])
    assert np.allclose(dihedrals(helix), dihedrals(helix)[0])
    assert np.isclose(gyration(helix), gyration(helix, np.full(12, 2.0)))
