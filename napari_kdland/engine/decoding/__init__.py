"""The menu of decoders: each gives points (B, L, 2) for heatmaps (B, L, h, w), sigma and the recipe's part.

`engine.heatmaps.decode` is the one entrance.
"""

from napari_kdland.menus import Entry

_HERE = "napari_kdland.engine.decoding"

DECODERS: tuple[Entry, ...] = (
    Entry("argmax", "The highest pixel.", f"{_HERE}.argmax:argmax"),
    Entry("quarter", "A quarter of a pixel towards the higher neighbour.", f"{_HERE}.quarter:quarter"),
    Entry("dark", "A Newton step on the blurred map's logarithm.", f"{_HERE}.dark:decode_dark"),
    Entry("dark-udp", "The same with differences over one pixel, to the border.", f"{_HERE}.dark_udp:decode_dark_udp"),
    Entry("local-mean", "The centre of mass around the highest pixel.", f"{_HERE}.local_mean:decode_local_mean"),
    Entry("soft-argmax", "The centre of mass of the whole map.", f"{_HERE}.soft_argmax:decode_soft_argmax"),
    Entry("gaussian-fit", "The centre of a Gaussian fitted to the peak.", f"{_HERE}.gaussian_fit:decode_gaussian_fit"),
)
