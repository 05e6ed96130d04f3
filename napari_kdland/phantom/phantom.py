"""A synthetic chest radiograph with its dual-energy pair, exact landmarks and region masks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.anatomy import Landmarks, LandmarkState, load_scheme
from napari_kdland.errors import UsageError
from napari_kdland.phantom.chest import Chest
from napari_kdland.phantom.geometry import Projection
from napari_kdland.phantom.patient import Findings, Patient, Positioning, draw_findings, draw_patient, draw_positioning
from napari_kdland.phantom.physics import HIGH, LOW, Beam, Detector, attenuation, expose
from napari_kdland.phantom.presentation import Style, draw_style, marker_field, open_field, present, stretched
from napari_kdland.phantom.scene import Scene, trace
from napari_kdland.phantom.truth import landmark_points, outlines

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_kdland.phantom.geometry import Array

SCHEMES = ("chest-10", "chest-8")
# From the middle of the thorax to the detector.
_DETECTOR_CM = 14.0
_SMALLEST = 64


@dataclass(frozen=True)
class Phantom:
    """One synthetic examination.

    Parameters
    ----------
    standard, soft_tissue, bone : (H, W) uint16
        The radiograph at 120 kVp, and the two images of the dual-energy pair with 60 kVp; 12 bits, bone bright.
    landmarks
        By scheme name; a landmark outside the exposed field is absent, one hidden by disease is occluded.
    masks : (H, W) bool
        By region name: the lungs, the heart, the cardiomediastinum, and every opacity of the lungs together; a region
        without a pixel is absent.
    spacing_mm
        Millimetres per pixel at the detector.
    is_monochrome1
        Whether the machine stores bone dark; the arrays here never do.
    magnification
        Size at the detector of what lies in the middle of the thorax.
    description
        Who and what, in words.
    """

    standard: NDArray[np.uint16]
    soft_tissue: NDArray[np.uint16]
    bone: NDArray[np.uint16]
    landmarks: dict[str, Landmarks]
    masks: dict[str, NDArray[np.bool_]]
    spacing_mm: float
    is_monochrome1: bool
    magnification: float
    description: str
    patient: Patient
    positioning: Positioning


def make_phantom(seed: int, size: tuple[int, int] | None = None, *, visit: int = 0) -> Phantom:
    """Make a radiograph of the patient `seed`; `visit` numbers further examinations of the same patient.

    Parameters
    ----------
    seed
        Decides everything; the same seed and size give the same image to the last bit.
    size
        (height, width) in pixels; drawn from the seed where it is `None`.
    visit
        The patient's build stays; positioning, findings and machine are drawn anew.

    Raises
    ------
    UsageError
        If the size is too small to hold a chest.
    """
    if size and min(size) < _SMALLEST:
        raise UsageError(f"A phantom cannot be {size[0]} x {size[1]} pixels: each side must be {_SMALLEST} or more.")
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, 5, visit])))
    patient = draw_patient(seed)
    positioning = draw_positioning(patient, visit)
    findings = draw_findings(patient, positioning, visit)
    size = size or _draw_size(rng)
    projection = _aim(patient, positioning, size, rng)
    chest = Chest(patient, positioning)
    style = draw_style(rng, size, is_ap=positioning.is_ap)
    scene = trace(chest, findings, projection, rng)
    landmarks, masks = _truth(chest, scene, projection, style)
    standard, soft_tissue, bone = _images(scene, projection, style, masks["cardiomediastinum"], rng)
    magnification = (positioning.source_cm + _DETECTOR_CM) / positioning.source_cm
    return Phantom(
        standard,
        soft_tissue,
        bone,
        landmarks,
        masks,
        spacing_mm=round(10 * projection.pixel_cm * magnification, 4),
        is_monochrome1=style.is_monochrome1,
        magnification=round(magnification, 4),
        description=_in_words(patient, positioning, findings),
        patient=patient,
        positioning=positioning,
    )


def _draw_size(rng: np.random.Generator) -> tuple[int, int]:
    sizes = ((512, 512), (512, 512), (496, 544), (512, 560), (544, 512), (560, 480), (480, 560), (544, 544))
    return sizes[int(rng.integers(len(sizes)))]


def _aim(patient: Patient, positioning: Positioning, size: tuple[int, int], rng: np.random.Generator) -> Projection:
    """Choose the field of view: mostly the whole chest, now and then off centre."""
    high, wide, _ = patient.stretch
    width = 29.0 * wide * patient.chest + 2 * positioning.margin_side
    lowest = high * (26.0 + positioning.inspiration_cm) + rng.uniform(0.5, 2.5)
    top, mistake = positioning.margin_top, rng.random()
    pixel = max(width / size[1], (top + lowest) / size[0])
    if mistake < 0.10:
        # The detector stood too high: an angle of the lungs' bases is cut off. There is no head to be shown above.
        top = min(size[0] * pixel - lowest + rng.uniform(3.5, 6.0), 8.5 * high)
    elif mistake < 0.15:
        top = rng.uniform(-1.2, 0.2)
    else:
        top = min(max(top, 0.5 * (top + size[0] * pixel - lowest - 2.0)), 8.5 * high)
    centre = (-top + size[0] * pixel / 2, positioning.shift)
    return Projection(
        size,
        pixel,
        centre,
        patient.stretch,
        positioning.rotation,
        positioning.roll,
        positioning.source_cm,
        positioning.is_ap,
    )


def _images(
    scene: Scene, projection: Projection, style: Style, mediastinum: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[NDArray[np.uint16], NDArray[np.uint16], NDArray[np.uint16]]:
    """Give the standard image, and soft tissue and bone of the dual-energy pair."""
    pixel = projection.pixel_cm
    field = open_field(style, projection.size)
    stroke, plate = marker_field(style, projection.size, pixel)
    paths = dict(scene.paths)
    if style.marker == "lead":
        paths["metal"] = paths["metal"] + 0.5 * np.clip(stroke + 0.5, 0.0, 1.0)
    # At the bedside there is no grid, and less dose.
    per_pixel = (0.7e5 if projection.is_ap else 1.5e5) * (pixel / 0.07) ** 2
    detector = Detector(per_pixel, scatter=0.24 if projection.is_ap else 0.13, blur_px=0.5)

    def signal(beam: Beam, corrected: float) -> Array:
        return expose(attenuation(paths, beam), replace(detector, corrected=corrected), pixel, rng, field)

    in_field = field > 0.9
    lung = (scene.air > np.percentile(scene.air, 90)) & in_field
    levels = lung, mediastinum & in_field
    standard = present(signal(HIGH, 0.0), levels, style, pixel)
    if style.is_masked:
        standard[field < 0.99] = 0
    if style.marker == "stamp":
        standard[plate > 0] = 0
        standard[stroke > 0] = int(style.ceiling)
    # Scatter is not bone: what is left of it stays in the difference of the two exposures.
    high, low = signal(HIGH, 0.85), signal(LOW, 0.85)
    soft_tissue = present(high - HIGH.bone / LOW.bone * low, levels, replace(style, sharpened=0.0), pixel)
    return standard, soft_tissue, stretched(low - LOW.soft / HIGH.soft * high)


def _truth(
    chest: Chest, scene: Scene, projection: Projection, style: Style
) -> tuple[dict[str, Landmarks], dict[str, NDArray[np.bool_]]]:
    grid, (top, left) = _whole_chest(projection)
    regions = outlines(chest, grid, projection.size)
    height, width = projection.size
    window = slice(top, top + height), slice(left, left + width)
    masks = {name: regions.mask(name)[window].copy() for name in regions.fields}
    # Below the domes there is lung too, but nobody sees it in front of the liver.
    masks["opacity"] = scene.opacity & (masks["right_lung"] | masks["left_lung"] | masks["cardiomediastinum"])
    field = open_field(style, projection.size)
    known: dict[str, tuple[LandmarkState, tuple[float, float] | None]] = {}
    for name, (y, x) in landmark_points(regions).items():
        point = y - top, x - left
        state = _state(point, field, scene.filled[0 if "right" in name else 1])
        known[name] = (state, point if state.has_point else None)
    return {name: Landmarks.from_mapping(load_scheme(name).landmark_names, known) for name in SCHEMES}, masks


def _state(point: tuple[float, float], field: Array, filled: Array) -> LandmarkState:
    row, column = round(point[0]), round(point[1])
    height, width = field.shape
    if not (0 <= row < height and 0 <= column < width) or field[row, column] < 0.5:
        return LandmarkState.ABSENT
    return LandmarkState.OCCLUDED if filled[row, column] > 0.6 else LandmarkState.PLACED


def _whole_chest(projection: Projection) -> tuple[Projection, tuple[int, int]]:
    """Give the same beam on a grid that holds both lungs, and the row and column where the image begins in it."""
    corners = np.array([[x, y, 0.0] for x in (-17.0, 17.0) for y in (-2.5, 29.0)])
    row, column = projection.project(corners)
    height, width = projection.size
    top, left = max(0, int(-row.min())), max(0, int(-column.min()))
    bottom, right = max(0, int(row.max()) - height + 1), max(0, int(column.max()) - width + 1)
    return projection.padded(top, bottom, left, right), (top, left)


def _in_words(patient: Patient, positioning: Positioning, findings: Findings) -> str:
    words = [
        f"{'woman' if patient.is_female else 'man'} of {patient.age}",
        f"{'AP' if positioning.is_ap else 'PA'} {'erect' if positioning.is_erect else 'supine'}",
    ]
    named = {
        "enlarged heart": patient.heart_scale > 1.12,
        "consolidation": bool(findings.patches),
        "nodules": bool(findings.nodules),
        "effusion": any(findings.effusion),
        "interstitial pattern": findings.interstitial > 0,
        "congestion": findings.congestion > 0,
    }
    words += [name for name, is_there in named.items() if is_there]
    return ", ".join([*words, *(name.replace("_", " ") for name in findings.devices)])
