"""Where people work: pre-commit, a workflow of GitHub's, a shell that completes."""
