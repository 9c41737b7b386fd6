"""Many repositories at once: find their Dockerfiles, fix each, publish patches or branches, and take an inventory.

inputs → survey → fix → prove → publish → inventory; each step reads and writes the state, so that a run can go on.
"""
