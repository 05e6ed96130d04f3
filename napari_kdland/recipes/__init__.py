"""Recipes: TOML files over a few blocks that define how to train."""

from napari_kdland.recipes.model import Recipe
from napari_kdland.recipes.shelf import load_recipe, ready_made_recipes, with_settings

__all__ = ["Recipe", "load_recipe", "ready_made_recipes", "with_settings"]
