"""Learning: torch lives here and nowhere else.

Symbols in the shapes of this room: B images of a batch, L landmarks, C channels, H and W the sides of the network's
input, h and w those of the heatmaps. Points are (y, x). Logits z come from the network; the heatmap that is shown,
stored and averaged is m = 2 pi sigma^2 softmax(z), which is 1 where the network is as sure as its target.
"""
