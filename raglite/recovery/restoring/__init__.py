"""The ways back: stores filled from a backup, brought up to date from the bucket, and held against the backup."""
