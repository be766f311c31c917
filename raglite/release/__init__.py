"""Promotion: a release goes on only if what was measured of exactly this code, in full and of late, says so."""
