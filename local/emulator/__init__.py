"""The AWS emulator, started with its errors corrected; it runs in an environment of its own."""
