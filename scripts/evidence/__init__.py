"""Runs gates under a watch and writes what they showed, for `raglite promote`."""
