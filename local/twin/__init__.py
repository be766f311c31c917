"""The estate on one machine: which processes it is made of, how they come up and go, what Terraform builds there."""
