"""One vendor, one file. Nothing outside this package imports a vendor, and only bootstrap.py names an adapter."""
