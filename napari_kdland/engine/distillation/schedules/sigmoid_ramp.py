"""A weight that rises along the flank of a Gaussian."""

import math


def sigmoid_ramp(progress: float, ramp: float) -> float:
    """Give exp(-5 (1 - t)^2) with t = progress / ramp, at most 1.

    References
    ----------
    Tarvainen and Valpola 2017, Mean teachers are better role models, section 3.
    """
    return math.exp(-5 * (1 - min(progress / ramp, 1.0)) ** 2)
