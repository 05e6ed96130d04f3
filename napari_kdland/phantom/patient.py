"""Who is imaged and how: habitus, positioning, findings and devices, all drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Patient:
    """One person's build; lengths in centimetres of a standard adult, or shares of the standard.

    Parameters
    ----------
    seed, is_female, age
        Who it is.
    build
        From -1 (slender) to 2 (very stout).
    stretch
        (height, width, depth) of the whole body; `chest` widens the rib cage alone.
    fat_cm, muscle_cm, breast_cm
        Thickness of what lies outside the rib cage.
    heart_scale, heart_tilt, heart_shape
        Size, turn of the outline in radians, (amount, phase) of its third harmonic.
    knob_cm
        Radius of the aortic arch.
    apex_spread
        From the midline to a lung's apex.
    dome_drop
        How much lower the left half of the diaphragm stands.
    rib_slope, rib_width, bone_density
        Of the skeleton.
    curvature
        (amount, phase) of the spine's sideways bend.
    vascularity
        Width of the lungs' vessels.
    """

    seed: int
    is_female: bool
    age: int
    build: float
    stretch: tuple[float, float, float]
    chest: float
    fat_cm: float
    muscle_cm: float
    breast_cm: float
    heart_scale: float
    heart_tilt: float
    heart_shape: tuple[float, float]
    knob_cm: float
    apex_spread: float
    dome_drop: float
    rib_slope: float
    rib_width: float
    bone_density: float
    curvature: tuple[float, float]
    vascularity: float


@dataclass(frozen=True)
class Positioning:
    """How the patient stood or lay; angles in radians, lengths in centimetres.

    Parameters
    ----------
    is_ap, is_erect
        Beam from the front; upright.
    rotation, roll
        About the long axis; in the plane of the image.
    source_cm
        From the source to the middle of the thorax.
    inspiration_cm
        How far the diaphragm stands below its usual height.
    shoulder_lift
        (right, left) height of the shoulders.
    arm_out, scapula_in
        How far the arms are spread; how far the scapulae stand over the lungs.
    margin_top, margin_side, shift
        Room above and beside the lungs in the image; how far it is off centre.
    """

    is_ap: bool
    is_erect: bool
    rotation: float
    roll: float
    source_cm: float
    inspiration_cm: float
    shoulder_lift: tuple[float, float]
    arm_out: float
    scapula_in: float
    margin_top: float
    margin_side: float
    shift: float


@dataclass(frozen=True)
class Nodule:
    """A round lesion; `side` is -1 (right) or 1, `place` (down, out) in shares of the lung, `radius` in cm."""

    side: int
    place: tuple[float, float]
    radius: float
    density: float


@dataclass(frozen=True)
class Patch:
    """A consolidation without a sharp border; see `Nodule`."""

    side: int
    place: tuple[float, float]
    radius: float
    density: float


@dataclass(frozen=True)
class Findings:
    """What is not normal; severities from 0 (none) to 1. The pair of effusions is (right, left)."""

    patches: tuple[Patch, ...] = ()
    nodules: tuple[Nodule, ...] = ()
    effusion: tuple[float, float] = (0.0, 0.0)
    interstitial: float = 0.0
    congestion: float = 0.0
    devices: tuple[str, ...] = ()


def _generator(seed: int, *parts: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *parts])))


def draw_patient(seed: int) -> Patient:
    """Draw one person."""
    rng = _generator(seed, 1)
    is_female = bool(rng.random() < 0.48)
    age = int(rng.integers(22, 91))
    build = float(np.clip(rng.normal(0.25, 0.65), -1.0, 1.9))
    size = (0.93 if is_female else 1.02) * rng.normal(1.0, 0.03)
    aspect = float(np.clip(rng.normal(0.035 * build, 0.03), -0.07, 0.09))
    stretch = (size * (1 - aspect), size * (1 + aspect), size * (1 + 0.06 * build))
    enlarged = rng.random() < 0.22
    return Patient(
        seed=seed,
        is_female=is_female,
        age=age,
        build=build,
        stretch=stretch,
        chest=float(np.clip(rng.normal(1.0, 0.035), 0.91, 1.09)),
        fat_cm=float(np.clip(1.3 + 1.0 * build + (0.3 if is_female else 0.0) + rng.normal(0, 0.2), 0.4, 4.0)),
        muscle_cm=float((1.5 if is_female else 2.1) + rng.uniform(-0.3, 0.5)),
        breast_cm=float(max(0.5, rng.normal(3.0 + 0.9 * build, 0.9))) if is_female else 0.0,
        heart_scale=float(rng.uniform(1.14, 1.34) if enlarged else rng.normal(1.0, 0.05)),
        heart_tilt=float(rng.normal(0.05 * build, 0.07)),
        heart_shape=(float(rng.uniform(0.0, 0.045)), float(rng.uniform(0.0, 6.28))),
        knob_cm=float(1.35 + 0.012 * max(age - 40, 0) + rng.normal(0, 0.12)),
        apex_spread=float(rng.normal(5.2, 0.25)),
        dome_drop=float(rng.normal(1.2, 0.5)),
        rib_slope=float(rng.normal(1.0 - 0.07 * build, 0.09)),
        rib_width=float(rng.normal(1.0, 0.06)),
        bone_density=float(np.clip(1.12 - 0.005 * max(age - 45, 0) + rng.normal(0, 0.07), 0.65, 1.3)),
        curvature=(float(rng.normal(0, 0.3)), float(rng.uniform(0, 6.28))),
        vascularity=float(rng.normal(1.0, 0.1)),
    )


def draw_positioning(patient: Patient, visit: int) -> Positioning:
    """Draw how the patient is placed on one occasion."""
    rng = _generator(patient.seed, 2, visit)
    is_ap = bool(rng.random() < 0.3)
    is_erect = bool(not is_ap or rng.random() < 0.4)
    lift = rng.normal(0.6 if is_ap else -0.3, 0.7)
    return Positioning(
        is_ap=is_ap,
        is_erect=is_erect,
        rotation=float(np.clip(rng.normal(0, 0.055 if is_ap else 0.03), -0.13, 0.13)),
        roll=float(rng.normal(0, 0.03 if is_ap else 0.015)),
        source_cm=float(rng.uniform(95, 115) if is_ap else rng.uniform(160, 175)),
        inspiration_cm=float(np.clip(rng.normal(-2.2 if is_ap else -0.2, 0.9), -4.2, 1.2)),
        shoulder_lift=(float(lift + rng.normal(0, 0.35)), float(lift + rng.normal(0, 0.35))),
        arm_out=float(rng.uniform(3.0, 12.0)),
        scapula_in=float(rng.uniform(1.2, 3.0) if is_ap else rng.uniform(-0.6, 1.4)),
        margin_top=float(rng.uniform(1.2, 6.5)),
        margin_side=float(rng.uniform(1.2, 5.0)),
        shift=float(rng.normal(0, 0.9)),
    )


def draw_findings(patient: Patient, positioning: Positioning, visit: int) -> Findings:
    """Draw what is wrong with the patient, and what has been put into and onto the patient."""
    rng = _generator(patient.seed, 3, visit)
    ill = 0.75 if positioning.is_ap else 0.3
    n_patches = int(rng.integers(1, 5)) if rng.random() < 0.6 * ill else 0
    patches = tuple(Patch(*_lesion(rng, (1.6, 4.2), (0.25, 0.9))) for _ in range(n_patches))
    n_nodules = int(rng.integers(1, 4)) if rng.random() < 0.15 else 0
    nodules = tuple(Nodule(*_lesion(rng, (0.35, 1.3), (0.6, 1.0))) for _ in range(n_nodules))
    effusion = tuple(float(rng.uniform(0.15, 0.6)) if rng.random() < 0.22 * ill else 0.0 for _ in range(2))
    return Findings(
        patches=patches,
        nodules=nodules,
        effusion=(effusion[0], effusion[1]),
        interstitial=float(rng.uniform(0.2, 1.0)) if rng.random() < 0.5 * ill else 0.0,
        congestion=float(rng.uniform(0.2, 1.0)) if patient.heart_scale > 1.1 and rng.random() < 0.5 else 0.0,
        devices=_draw_devices(rng, positioning),
    )


def _lesion(
    rng: np.random.Generator, radius: tuple[float, float], density: tuple[float, float]
) -> tuple[int, tuple[float, float], float, float]:
    side = int(rng.choice((-1, 1)))
    place = float(rng.uniform(0.2, 0.85)), float(rng.uniform(0.2, 0.8))
    return side, place, float(rng.uniform(*radius)), float(rng.uniform(*density))


def _draw_devices(rng: np.random.Generator, positioning: Positioning) -> tuple[str, ...]:
    chances = (
        ("leads", 0.75, 0.08),
        ("line", 0.5, 0.03),
        ("tube", 0.35, 0.0),
        ("feeding_tube", 0.35, 0.0),
        ("pacemaker", 0.1, 0.07),
        ("sternotomy", 0.15, 0.07),
        ("clips", 0.05, 0.04),
    )
    draws = rng.random(len(chances))
    return tuple(
        name
        for (name, in_bed, standing), draw in zip(chances, draws, strict=True)
        if draw < (in_bed if positioning.is_ap else standing)
    )
