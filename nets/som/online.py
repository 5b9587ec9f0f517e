"""Online training: a step for every sample, one after another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from nets.som.kernels import adaptation, blocks, comparison
from nets.som.kernels.tiles import filled_up
from nets.som.neighbourhoods import Bubble, Gaussian, MexicanHat, Neighbourhood, Triangle, VarianceGaussian
from nets.som.rules import Course, Rule
from nets.som.search import COMPILED_METRICS
from shapedmat import Matrix

COMPILED_NEIGHBOURHOODS: Final[dict[type[Neighbourhood], int]] = {
    Gaussian: adaptation.GAUSSIAN,
    VarianceGaussian: adaptation.VARIANCE_GAUSSIAN,
    Bubble: adaptation.BUBBLE,
    Triangle: adaptation.TRIANGLE,
    MexicanHat: adaptation.MEXICAN_HAT,
}


@dataclass(frozen=True)
class Online(Rule):
    """Move the neurons towards one sample after another: wₖ ← wₖ + rate · weight · h(d(c, k), influence) · (x − wₖ).

    Rate and influence change with every sample. The rate times the weight counts as 1 where it is more, since a step
    of 1 reaches the sample. Missing features neither count for the best matching unit nor move.

    On the CPU an epoch is one compiled loop, which leaves a neuron where it is if its step would be less than a quarter
    of the element type's machine epsilon, and which looks up the latent distances of all pairs of neurons. By Euclidean
    distances, and with no feature missing, samples are taken in blocks (see `nets.som.kernels.blocks`), to the same
    steps but for rounding: where two neurons are equally near to a sample but for rounding, either may be taken. With a
    metric or a neighbourhood function of one's own, and on a GPU, a step is a few operations on matrices, which takes
    some hundred times as long, and knows no missing features.

    Attributes:
        shuffle: whether the samples come in another random order in every epoch, and not as they are.
    """

    shuffle: bool = True

    def epoch(self, course: Course, epoch: int) -> None:
        """Adapt the map to every sample once."""
        som, order = course.som, course.order(shuffle=self.shuffle)
        progress = (epoch + np.arange(len(order)) / len(order)) / course.epochs
        rates, influences = course.rate.at(progress) * course.weights[order], course.influence.at(progress)
        metric = COMPILED_METRICS.get(type(som.metric))
        neighbourhood = COMPILED_NEIGHBOURHOODS.get(type(som.neighbourhood_function))
        if som.codebook.device == "cpu" and metric is not None and neighbourhood is not None:
            codebook = som.codebook.numpy()
            least = codebook.dtype.type(np.finfo(codebook.dtype).eps / 4)
            if course.is_complete and metric in (comparison.EUCLIDEAN, comparison.SQUARED_EUCLIDEAN):
                tiled = blocks.in_tiles(codebook, course.centre)
                apart = blocks.filled_up_apart(course.apart, tiled)
                blocks.adapt_in_blocks(
                    course.host, order, rates, influences, tiled, course.centre, apart, neighbourhood, least
                )
                adapted = blocks.out_of_tiles(tiled, course.centre, len(codebook))
            else:
                transposed = filled_up(codebook)
                adaptation.adapt_to_each(
                    course.host, order, rates, influences, transposed, course.apart, metric, neighbourhood, least
                )
                adapted = transposed.T[: len(codebook)]
            som.codebook[:, :] = Matrix.from_array(adapted)
        else:
            if not course.is_complete:
                raise ValueError(
                    "samples with missing features are trained on online on the CPU alone, with a metric and a "
                    "neighbourhood function that nets.som has: fill them in, or take Batch"
                )
            for sample, rate, influence in zip(order, rates, influences, strict=True):
                som.adapt(course.samples.row(int(sample)), float(min(rate, 1.0)), float(influence))
