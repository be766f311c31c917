"""X-Ray for the laptop: the daemon's UDP port and the part of the API that reads traces back."""
