"""What people are shown on the terminal: listings and explanations."""
