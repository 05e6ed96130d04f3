"""Landmark heatmap regression in chest radiographs with few labels."""

__version__ = "0.1.0"
