"""Scripts that people and make run: `python -m scripts.NAME` from the repository's root."""
