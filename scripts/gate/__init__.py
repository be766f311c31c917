"""The gate's corpus: a dozen made-up companies' filings and hundreds of questions, all known by construction."""
