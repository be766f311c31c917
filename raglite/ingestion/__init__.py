"""From a file in the bucket to points in the index."""
