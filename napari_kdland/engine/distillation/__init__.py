"""The menus of blocks that a recipe is put together from."""

from napari_kdland.menus import Entry

_HERE = "napari_kdland.engine.distillation"

TEACHERS: tuple[Entry, ...] = (
    Entry("frozen", "One trained run, as it is.", f"{_HERE}.teachers.frozen:FrozenTeacher"),
    Entry("ensemble", "The mean heatmap of several trained runs.", f"{_HERE}.teachers.frozen:FrozenTeacher"),
    Entry("dropout", "One trained run, asked many times with dropout on.", f"{_HERE}.teachers.dropout:DropoutTeacher"),
    Entry("views", "Trained runs that look at an image several times.", f"{_HERE}.teachers.views:ViewsTeacher"),
    Entry("average", "The running average of the student's weights.", f"{_HERE}.teachers.dropout:DropoutTeacher"),
    Entry("self", "The student itself, on another view.", f"{_HERE}.teachers.frozen:FrozenTeacher"),
    Entry("peer", "A second student, trained along.", f"{_HERE}.teachers.frozen:FrozenTeacher"),
    Entry("levels", "The mean of the student's own heads at several levels.", f"{_HERE}.teachers.frozen:FrozenTeacher"),
)

TARGETS: tuple[Entry, ...] = (
    Entry("soft", "The teacher's heatmap as it is.", f"{_HERE}.targets.soft:soft"),
    Entry("hard", "A Gaussian as a reader's point would get, at the teacher's.", f"{_HERE}.targets.redrawn:hard"),
    Entry("gaussian", "A Gaussian as wide as the teacher is unsure.", f"{_HERE}.targets.redrawn:gaussian"),
)

TERMS: tuple[Entry, ...] = (
    Entry("spatial-kl", "Kullback-Leibler divergence of heatmaps over space.", f"{_HERE}.terms.spatial_kl:SpatialKL"),
    Entry("heatmap-mse", "Squared difference of heatmaps.", f"{_HERE}.terms.heatmap_mse:HeatmapMSE"),
    Entry("heatmap-js", "Jensen-Shannon divergence of heatmaps over space.", f"{_HERE}.terms.heatmap_js:HeatmapJS"),
    Entry(
        "heatmap-consistency",
        "Difference of the student's heatmaps at several levels from their mean.",
        f"{_HERE}.terms.heatmap_consistency:HeatmapConsistency",
    ),
    Entry("pixel-kl", "Kullback-Leibler divergence of regions at each pixel.", f"{_HERE}.terms.pixel_kl:PixelKL"),
    Entry(
        "pixel-cross-entropy",
        "Cross-entropy with the teacher's likeliest region at each pixel.",
        f"{_HERE}.terms.pixel_cross_entropy:PixelCrossEntropy",
    ),
    Entry(
        "probability-mse",
        "Squared difference of region probabilities.",
        f"{_HERE}.terms.probability_mse:ProbabilityMSE",
    ),
    Entry(
        "pixel-consistency",
        "Difference of the student's region probabilities at several levels from their mean.",
        f"{_HERE}.terms.pixel_consistency:PixelConsistency",
    ),
    Entry(
        "attention-map",
        "Squared difference of normalised activation maps of features.",
        f"{_HERE}.terms.attention_map:AttentionMap",
    ),
    Entry(
        "region-affinity",
        "Squared difference of the cosines between areas in the features.",
        f"{_HERE}.terms.region_affinity:RegionAffinity",
    ),
    Entry(
        "feature-kl",
        "Kullback-Leibler divergence over the channels at each place of the features.",
        f"{_HERE}.terms.feature_kl:FeatureKL",
    ),
    Entry("feature-mse", "Squared difference of features behind an adapter.", f"{_HERE}.terms.feature_mse:FeatureMSE"),
    Entry(
        "channel-kl",
        "Kullback-Leibler divergence over space of each channel of the features.",
        f"{_HERE}.terms.channel_kl:ChannelKL",
    ),
    Entry(
        "pairwise-affinity",
        "Squared difference of the cosines between places of the features.",
        f"{_HERE}.terms.pairwise_affinity:PairwiseAffinity",
    ),
    Entry(
        "image-affinity",
        "Divergence of the likeness of places across the images of a batch.",
        f"{_HERE}.terms.image_affinity:ImageAffinity",
    ),
    Entry(
        "prototype-similarity",
        "Squared difference of each place's cosine with its area's mean.",
        f"{_HERE}.terms.prototype_similarity:PrototypeSimilarity",
    ),
)

WEIGHTINGS: tuple[Entry, ...] = (
    Entry("none", "Every landmark of the teacher counts the same.", f"{_HERE}.weightings.uniform:uniform"),
    Entry("confidence", "What the teacher is unsure of counts less.", f"{_HERE}.weightings.confidence:confidence"),
    Entry("threshold", "Only what the teacher is sure enough of counts.", f"{_HERE}.weightings.threshold:threshold"),
)

SCHEDULES: tuple[Entry, ...] = (
    Entry("constant", "Full weight from the start on.", f"{_HERE}.schedules.constant:constant"),
    Entry("sigmoid-ramp", "Weight exp(-5 (1 - t/R)^2).", f"{_HERE}.schedules.sigmoid_ramp:sigmoid_ramp"),
    Entry("linear-ramp", "Weight t/R.", f"{_HERE}.schedules.linear_ramp:linear_ramp"),
    Entry("linear-decay", "From full weight down to 0.", f"{_HERE}.schedules.linear_decay:linear_decay"),
    Entry("cosine-decay", "From full weight down to 0 along a cosine.", f"{_HERE}.schedules.cosine_decay:cosine_decay"),
)

BASE_LOSSES: tuple[Entry, ...] = (
    Entry(
        "spatial-cross-entropy",
        "Cross-entropy of the heatmap over space.",
        f"{_HERE}.base_losses.spatial_cross_entropy:SpatialCrossEntropy",
    ),
    Entry("heatmap-mse", "Squared difference of heatmaps.", f"{_HERE}.base_losses.heatmap_mse:HeatmapMSE"),
    Entry("adaptive-wing", "Adaptive wing loss of heatmaps.", f"{_HERE}.base_losses.adaptive_wing:AdaptiveWing"),
    Entry("learned-sigma", "Squared difference, each width learnt.", f"{_HERE}.base_losses.learned_sigma:LearnedSigma"),
)

REGION_LOSSES: tuple[Entry, ...] = (
    Entry("dice-ce", "Dice and cross-entropy.", f"{_HERE}.base_losses.regions:dice_ce"),
    Entry("focal-dice", "Half focal loss, half Dice of the foreground.", f"{_HERE}.base_losses.regions:focal_dice"),
)
