"""A person's decisions on what is suggested: the changes one by one, what is accepted of them, and the file that gives."""
