"""The menus of blocks that a recipe is put together from."""

from napari_kdland.menus import Entry

_HERE = "napari_kdland.engine.distillation"

TEACHERS: tuple[Entry, ...] = (
    Entry("frozen", "One trained run, as it is.", f"{_HERE}.teachers.frozen:FrozenTeacher"),
    Entry("ensemble", "The mean heatmap of several trained runs.", f"{_HERE}.teachers.ensemble:EnsembleTeacher"),
)

TARGETS: tuple[Entry, ...] = (Entry("soft", "The teacher's heatmap as it is.", f"{_HERE}.targets.soft:soft"),)

TERMS: tuple[Entry, ...] = (
    Entry("spatial-kl", "Kullback-Leibler divergence of heatmaps over space.", f"{_HERE}.terms.spatial_kl:spatial_kl"),
    Entry("heatmap-mse", "Squared difference of heatmaps.", f"{_HERE}.terms.heatmap_mse:heatmap_mse"),
)

WEIGHTINGS: tuple[Entry, ...] = (
    Entry("none", "Every landmark of the teacher counts the same.", f"{_HERE}.weightings.uniform:uniform"),
    Entry("confidence", "By the spread of the teacher's heatmap.", f"{_HERE}.weightings.confidence:confidence"),
)

SCHEDULES: tuple[Entry, ...] = (
    Entry("constant", "Full weight from the first step.", f"{_HERE}.schedules.constant:constant"),
    Entry("sigmoid-ramp", "Weight exp(-5 (1 - t/R)^2).", f"{_HERE}.schedules.sigmoid_ramp:sigmoid_ramp"),
)
