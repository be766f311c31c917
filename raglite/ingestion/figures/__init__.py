"""From tables to stated figures: row, period, unit and scale of every number."""
