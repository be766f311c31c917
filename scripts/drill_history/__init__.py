"""What the drills of earlier runs showed, kept as evidence files and drawn over time."""
