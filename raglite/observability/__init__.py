"""What is promised, when somebody is called, and who did what. Pure."""
