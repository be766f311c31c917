"""What a document is: whose, which form, which period. Read from its own words, each with what it was read from."""
