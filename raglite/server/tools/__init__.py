"""The MCP tools, a file for each kind of thing they do. server/protocol.py serves them."""
