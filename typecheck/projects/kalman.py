"""State estimation in linear systems with noise: filter, smoother, control and simulation."""

# mypy: disable-error-code="no-any-return"
from dataclasses import dataclass, field, replace
from typing import Optional, TypeAlias

import numpy as np
from jaxtyping import Bool, Float, Float64

State: TypeAlias = Float64[np.ndarray, " s"]
Covariance: TypeAlias = Float64[np.ndarray, "s s"]


@dataclass(frozen=True)
class Belief:
    """A normal distribution over states."""

    mean: State
    covariance: Covariance

    @staticmethod
    def vague(size: int, variance: float = 1e3) -> "Belief":
        """Return a belief that says next to nothing."""
        return Belief(np.zeros(size), variance * np.eye(size))

    @property
    def deviations(self) -> State:
        """The standard deviation of each part of the state."""
        return np.sqrt(np.diag(self.covariance))

    def sample(self, rng: np.random.Generator, count: int) -> Float[np.ndarray, "count s"]:
        """Draw states."""
        factor = np.linalg.cholesky(self.covariance)
        return self.mean + rng.normal(size=(count, len(self.mean))) @ factor.T


@dataclass
class LinearSystem:
    """A system whose next state, and what is measured of it, are linear in the state."""

    transition: Float[np.ndarray, "s s"]
    control: Float[np.ndarray, "s u"]
    measurement: Float[np.ndarray, "z s"]
    process_noise: Float[np.ndarray, "s s"]
    measurement_noise: Float[np.ndarray, "z z"]
    history: list[Belief] = field(default_factory=list)

    def predict(self, belief: Belief, u: Optional[Float[np.ndarray, " u"]] = None) -> Belief:  # noqa: UP045
        """Advance a belief by one step."""
        mean = self.transition @ belief.mean
        if u is not None:
            mean = mean + self.control @ u
        covariance = self.transition @ belief.covariance @ self.transition.T + self.process_noise
        return Belief(mean, covariance)

    def gain(self, covariance: Float[np.ndarray, "s s"]) -> Float[np.ndarray, "s z"]:
        """Return how strongly a measurement moves the state."""
        h = self.measurement
        innovation = h @ covariance @ h.T + self.measurement_noise
        return np.linalg.solve(innovation, h @ covariance).T

    def update(self, belief: Belief, z: Float[np.ndarray, " z"]) -> Belief:
        """Correct a belief by a measurement, in Joseph's form."""
        k = self.gain(belief.covariance)
        residual = z - self.measurement @ belief.mean
        mean = belief.mean + k @ residual
        left = np.eye(self.transition.shape[0]) - k @ self.measurement
        covariance = left @ belief.covariance @ left.T + k @ self.measurement_noise @ k.T
        return replace(belief, mean=mean, covariance=covariance)

    def step(self, belief: Belief, z: Float[np.ndarray, " z"], u: Float[np.ndarray, " u"]) -> Belief:
        """Predict and update."""
        belief = self.update(self.predict(belief, u), z)
        self.history.append(belief)
        return belief

    def filter(
        self, start: Belief, zs: Float[np.ndarray, "t z"], observed: Bool[np.ndarray, " t"]
    ) -> tuple[Float[np.ndarray, "t s"], Float[np.ndarray, "t s s"]]:
        """Return means and covariances after each of many measurements, of which some are missing."""
        size = self.transition.shape[0]
        means = np.zeros((len(zs), size))
        covariances = np.zeros((len(zs), size, size))
        belief = start
        for i, z in enumerate(zs):
            belief = self.predict(belief)
            if observed[i]:
                belief = self.update(belief, z)
            means[i] = belief.mean
            covariances[i] = belief.covariance
        return means, covariances

    def simulate(
        self, start: Float[np.ndarray, " s"], us: Float[np.ndarray, "t u"], rng: np.random.Generator
    ) -> tuple[Float[np.ndarray, "t s"], Float[np.ndarray, "t z"]]:
        """Run the system, and return its states and noisy measurements."""
        x = start
        states = []
        for u in us:
            noise = rng.multivariate_normal(np.zeros(len(x)), self.process_noise)
            x = self.transition @ x + self.control @ u + noise
            states.append(x)
        trajectory = np.stack(states)
        blur = np.linalg.cholesky(self.measurement_noise)
        noise = rng.normal(size=(len(us), self.measurement.shape[0])) @ blur.T
        return trajectory, trajectory @ self.measurement.T + noise


def smooth(
    means: Float[np.ndarray, "t s"],
    covariances: Float[np.ndarray, "t s s"],
    transition: Float[np.ndarray, "s s"],
    process_noise: Float[np.ndarray, "s s"],
) -> Float[np.ndarray, "t s"]:
    """Correct filtered means by later ones: the smoother of Rauch, Tung and Striebel."""
    smoothed = means.copy()
    predicted = np.einsum("ij,tjk,lk->til", transition, covariances, transition) + process_noise
    for i in range(len(means) - 2, -1, -1):
        gain = np.linalg.solve(predicted[i], transition @ covariances[i]).T
        smoothed[i] = means[i] + gain @ (smoothed[i + 1] - transition @ means[i])
    return smoothed


def mahalanobis(
    points: Float[np.ndarray, "n s"], mean: Float[np.ndarray, " s"], covariance: Float[np.ndarray, "s s"]
) -> Float[np.ndarray, " n"]:
    """Return distances in standard deviations."""
    deviations = points - mean
    solved = np.linalg.solve(covariance, deviations.T).T
    return np.sqrt(np.sum(deviations * solved, axis=1))


def observability(transition: Float[np.ndarray, "s s"], measurement: Float[np.ndarray, "z s"]) -> int:
    """Return how many directions of the state can be known from measurements."""
    blocks = [measurement]
    for _ in range(transition.shape[0] - 1):
        blocks.append(blocks[-1] @ transition)
    return int(np.linalg.matrix_rank(np.concatenate(blocks, axis=0)))


def regulator(
    a: Float[np.ndarray, "s s"],
    b: Float[np.ndarray, "s u"],
    q: Float[np.ndarray, "s s"],
    r: Float[np.ndarray, "u u"],
    steps: int = 200,
) -> Float[np.ndarray, "u s"]:
    """Return the feedback that costs least, by iterating the Riccati equation."""
    p = q
    k = np.zeros((b.shape[1], b.shape[0]))
    for _ in range(steps):
        k = np.linalg.solve(r + b.T @ p @ b, b.T @ p @ a)
        p = q + a.T @ p @ (a - b @ k)
    return k


def stack_states(a: Float[np.ndarray, "t s"], b: Float[np.ndarray, "t e"]) -> Float[np.ndarray, "t s+e"]:
    """Put the parts of an extended state beside each other."""
    return np.concatenate((a, b), axis=-1)


def augment(a: Float[np.ndarray, "s s"], b: Float[np.ndarray, "s u"]) -> Float[np.ndarray, "s+u s+u"]:
    """Return the transition of a state that holds its constant control too."""
    s, u = b.shape
    return np.block([[a, b], [np.zeros((u, s)), np.eye(u)]])


def main() -> None:
    """Run everything once."""
    rng = np.random.default_rng(4)
    dt = 0.1
    transition = np.eye(4) + dt * np.eye(4, k=2)
    control = np.concatenate([np.zeros((2, 1)), np.full((2, 1), dt)])
    measurement = np.vstack([np.eye(4)[:2], [[0.0, 0.0, 1.0, 0.0]]])
    system = LinearSystem(transition, control, measurement, 1e-4 * np.eye(4), 1e-2 * np.eye(3))

    states, zs = system.simulate(np.zeros(4), np.ones((50, 1)), rng)
    belief = Belief.vague(4)
    for z in zs:
        belief = system.step(belief, z, np.ones(1))
    assert len(system.history) == 50
    assert np.abs(belief.mean - states[-1]).max() < 0.5
    assert belief.deviations.max() < 0.2
    assert belief.sample(rng, 7).shape == (7, 4)

    observed = np.arange(50) % 3 > 0
    means, covariances = system.filter(Belief.vague(4), zs, observed)
    smoothed = smooth(means, covariances, transition, system.process_noise)
    assert np.square(smoothed - states)[10:].mean() < np.square(means - states).mean()
    assert mahalanobis(states, states[0], np.eye(4))[0] == 0.0
    assert observability(transition, measurement) == 4

    feedback = regulator(transition, control, np.eye(4), np.eye(1))
    assert feedback.shape == (1, 4)
    assert stack_states(means, np.ones((50, 1))).shape == (50, 5)
    x = np.array([0.0, 0.0, 0.0, 0.0, 1.0])
    assert np.allclose(augment(transition, control) @ x, [0.0, 0.0, dt, dt, 1.0])
