"""Goods that arrive at the depot, as a page for the people who work there."""
