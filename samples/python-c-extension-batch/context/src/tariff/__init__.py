"""Rates a day's meter readings."""
