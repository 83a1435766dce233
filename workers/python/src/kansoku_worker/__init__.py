"""Runs the Python scorers of a Kansoku server, each in a process with limits."""
