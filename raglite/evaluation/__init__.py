"""How well questions find their pages: run files, scores, and the gate that blocks a release. Pure."""
