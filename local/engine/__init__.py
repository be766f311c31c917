"""A Docker Engine API on a unix socket whose containers are local processes, so that tasks run without Docker."""
