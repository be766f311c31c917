"""The service: questions over MCP and HTTP, behind one key check."""
