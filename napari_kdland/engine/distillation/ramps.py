"""The ramp that several blocks rise along."""

import math


def sigmoid_ramp(progress: float, length: float) -> float:
    """Give exp(-5 (1 - t/R)^2) for t = `progress` and R = `length`, 1 from R on.

    References
    ----------
    Laine and Aila 2017, Temporal ensembling for semi-supervised learning, section 2.3.
    """
    return math.exp(-5 * (1 - min(progress / length, 1)) ** 2)
