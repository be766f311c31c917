"""The sample corpus: made-up companies' reports, their questions, and broken files. Every run writes the same bytes."""
