"""The open project as the user sees it, and the one boundary between threads; no Qt."""
