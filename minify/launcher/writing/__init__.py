"""From the steps of a launcher to its source, in Python and in JavaScript."""
