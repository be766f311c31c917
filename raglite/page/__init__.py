"""HTML pages: how one is written and how reports look. What stands on a page is said where its facts are."""
