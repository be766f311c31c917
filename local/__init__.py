"""The twin: teaches an emulator what AWS does, on this machine's loopback. Imports nothing from raglite."""
