"""What reads this repository for faults that no test of the product would find."""
