"""Where the teacher's heatmaps come from."""
