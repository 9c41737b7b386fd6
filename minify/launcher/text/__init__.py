"""From the characters of a shell text to its commands, as they are written."""
