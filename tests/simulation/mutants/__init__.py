"""Mutants: bugs planted on purpose in the safety core. The simulation must find each of them, or it would miss others.

A mutant changes one text of one module as it is imported, in a process of its own: nothing on disk is changed. Each has
a detector, a schedule with which it is found in no time and with which the unmutated program violates nothing.
"""
