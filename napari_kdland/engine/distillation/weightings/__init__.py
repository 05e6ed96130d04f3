"""How much each landmark of the teacher counts."""
