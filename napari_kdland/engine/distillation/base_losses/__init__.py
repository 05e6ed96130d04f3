"""What the student is held against where a reader has labelled."""
