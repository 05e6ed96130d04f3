"""The README that lies in every sample folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_kdland.anatomy import Scheme
    from napari_kdland.phantom.sample import Planned

# A careful reader's scatter about the true place, in pixels.
READER_SD_PX = 0.8

_TEXT = """# Synthetic chest radiographs

{count} frontal chest radiographs of people who do not exist, made by `napari_kdland.phantom` from parametric anatomy
and X-ray physics (seed {seed}). No part of any real image is in them. They come under the program's own licence.
They show how the program works; nothing that is measured on them says anything about patients.

Made again, byte for byte under the program's `constraints.txt`, with

    kdland phantom FOLDER --count {count} --seed {seed}{options}

## Files

| file | content |
| --- | --- |
| `001.dcm` ... | Digital X-Ray Image Storage - For Presentation: 12 bits in 16, JPEG 2000 lossless, some MONOCHROME1 |
| `landmarks.csv` | the {train} images that count as annotated by hand: image,landmark,x,y,state (scheme `chest-10`) |
| `truth.csv` | exact landmarks of the {val} validation and {test} test images, in the same columns |
| `split.csv` | image,split,label_rank: train {train}, val {val}, test {test}, pool {pool} (without landmarks) |
{side_files}
Coordinates: `x` to the right, `y` down, in pixels; whole numbers are pixel centres. `ImagerPixelSpacing` is the spacing
at the detector, larger than in the patient by `EstimatedRadiographicMagnificationFactor`.

`landmarks.csv` has the true places with a reader's scatter of {scatter} px a coordinate, to one decimal. `truth.csv` is
phantom truth, what the geometry says, so that a demonstration can validate and test: to judge a model by, not to train
it on. A landmark outside the exposed field is `absent`; one that disease hides is `occluded`, at its true place.

Identifiers are synthetic and say so: every name is `PHANTOM^SYNTHETIC`, `QualityControlSubject` is YES, dates are
fixed, UIDs are derived from patient and examination. {pairs}
"""


_CHANNELS = """\
| `channels/` | soft-tissue and bone image of each dual-energy pair: 16-bit PNG, bone bright, pixel on pixel |
| `channels.csv` | image,channel,path |
"""
_MASKS = """\
| `masks/` | exact regions of all images outside the pool, bit flags of the scheme `{scheme}`: {bits} |
| `masks/regions.csv` | image,region,state: regions that an image does not have |
"""


def readme(plan: Sequence[Planned], seed: int, *, channels: bool = False, scheme: Scheme | None = None) -> str:
    """Describe a sample folder; `channels` and `scheme` say what lies beside the radiographs."""
    sizes = {split: sum(image.split == split for image in plan) for split in ("train", "val", "test", "pool")}
    seen: dict[str, list[str]] = {}
    for image in plan:
        seen.setdefault(image.patient_id, []).append(f"`{image.name}`")
    pairs = [" and ".join(names) for names in seen.values() if len(names) > 1]
    text = f"Two images each are of one patient: {'; '.join(pairs)}." if pairs else "Every image is of another patient."
    options, side_files = "", ""
    if channels:
        options, side_files = " --channels", _CHANNELS
    if scheme is not None:
        bits = ", ".join(f"{region.bit} {region.name}" for region in scheme.regions)
        options, side_files = (
            f"{options} --masks {scheme.name}",
            side_files + _MASKS.format(scheme=scheme.name, bits=bits),
        )
    words = {"pairs": text, "options": options, "side_files": side_files}
    return _TEXT.format(count=len(plan), seed=seed, scatter=READER_SD_PX, **words, **sizes)
