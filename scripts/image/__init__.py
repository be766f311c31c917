"""`python -m scripts.image`: the two container images, what goes into them, and what they may weigh."""
