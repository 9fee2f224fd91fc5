"""What is well with an installation and what is not, each line with what to do."""
