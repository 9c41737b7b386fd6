"""What a launcher in Python may need: a launcher gets a copy of those functions that it calls, without the types.

They are for CPython 3.8 and later. All variables of the shell are in `env`, which is the environment; those in `private`
are kept from the programs that the launcher starts.
"""
