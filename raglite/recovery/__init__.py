"""Backups, the ways back from them, and the drills that prove both."""
