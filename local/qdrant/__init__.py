"""A stand-in for a Qdrant server: its REST API over qdrant-edge, Qdrant's own engine as a library.

It says that it is a stand-in, validates every request with the pinned client's own models, and refuses what it does not
support. `python -m local.qdrant --port 6333 --data .local/qdrant`, API key from QDRANT_API_KEY.
"""
