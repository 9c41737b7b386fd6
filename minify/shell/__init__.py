"""RUN bodies as commands with exact spans, and the vocabulary that says what each command leaves on disk."""
