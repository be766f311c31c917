"""Another collection beside the live one, built from the parsed documents, and the switch to it."""
