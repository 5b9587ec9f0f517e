"""Compiled functions on a GPU: the plan's groups as CUDA C++, for phases of work that share the multiprocessors.

The parts, from the first to the last: `accesses` (what of a matrix a part of a group touches), `phases` (which groups
run at the same time, and how each is cut), `plan` (all of it, with the memory), `memory`, `elements` and `groups` (the
code), `program` (the whole source) and `executable` (what is launched).
"""
