"""The parts of smoke.py: each a function that takes a stack, uses it as a program would, and asserts what it saw."""
