"""What the teacher's output becomes before the student is held against it."""
