"""RAGLite: retrieval over financial documents, with exact citations."""
