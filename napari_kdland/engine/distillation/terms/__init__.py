"""Losses between student and teacher."""
