"""Figures with their proof: which cell states them, and how they are computed."""
