"""How a term's weight runs over the training."""
