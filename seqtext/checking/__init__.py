"""What is wrong with a labelled file: checks, what they find, and what they look at."""
