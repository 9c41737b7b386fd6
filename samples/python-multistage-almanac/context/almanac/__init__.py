"""A garden almanac."""
