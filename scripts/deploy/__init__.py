"""A deployment: the reviewed plan and no other, watched until it serves, and taken back if it does not."""
