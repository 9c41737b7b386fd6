"""Prints a letter for every loan that is due soon."""

import argparse

from lending.shelf import due_within, shelf

parser = argparse.ArgumentParser()
parser.add_argument("--days", type=int, default=1)
arguments = parser.parse_args()

today, _ = shelf()
for loan in due_within(arguments.days):
    days = (loan["due"] - today).days
    when = "today" if days == 0 else f"in {days} days" if days > 0 else f"{-days} days ago"
    print(f"Dear {loan['reader']}: {loan['book']} is due {when}.")
