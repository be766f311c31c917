"""The only place that names adapters: Settings -> Services, every part replaceable by keyword."""
