"""Between the session and napari's layers: pure conversion, a fixed pool, and the binding that stops the echo."""
