"""Production validation: the specification's GO criteria, each computed from evidence, and its decision gate."""
