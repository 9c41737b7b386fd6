"""Decisions on what is suggested: the changes, what is written of them, and the conversation in a terminal."""
