"""Drills: break the estate on purpose, mend it by the runbook's own commands, and prove that all is as before."""
