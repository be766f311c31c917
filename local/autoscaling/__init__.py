"""Application Auto Scaling's control plane: targets and policies are kept and described, nothing is ever scaled."""
