"""What a comparison could have seen at all: the smallest difference that so many images would show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

ALPHA, POWER = 0.05, 0.8
# Wilcoxon's test needs so many more images than the t test where differences are normal: 3 / pi.
_EFFICIENCY = 3 / np.pi
# With fewer, neither the spread of the differences nor the power of the test can be told.
MIN_IMAGES = 6


def minimum_detectable(differences: ArrayLike, *, n_comparisons: int = 1) -> float | None:
    """Give the true mean difference that would be found in four of five comparisons on as many images.

    Two-sided, for the spread of these differences, by the power of the paired t test on n * 3 / pi images. At 5 %
    divided by the number of comparisons, which is what Holm's smallest p-value has to reach.

    Parameters
    ----------
    differences : (N,)
        Of the image's errors; those that are not finite are left out.
    n_comparisons
        Comparisons that the p-values are adjusted for.

    Returns
    -------
    float or None
        In the unit of the differences; `None` with fewer than six images, or where all differences are equal.

    References
    ----------
    Lehmann (2006), Nonparametrics, section 4.3: the efficiency of Wilcoxon's signed-rank test against the t test.
    """
    from statsmodels.stats.power import TTestPower

    values = np.asarray(differences, dtype=np.float64)
    values = values[np.isfinite(values)]
    sd = float(values.std(ddof=1)) if len(values) >= MIN_IMAGES else 0.0
    if sd <= 1e-12 * max(1.0, float(np.abs(values).max(initial=0.0))):
        return None
    effect = TTestPower().solve_power(
        nobs=len(values) * _EFFICIENCY, alpha=ALPHA / n_comparisons, power=POWER, alternative="two-sided"
    )
    return sd * float(np.squeeze(effect))
