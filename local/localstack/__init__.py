"""LocalStack as the twin's AWS: what it serves, who serves the rest, and what is carried between the two."""
