"""Judgement: pure rules from inventory, policy and now to assessments. No I/O, no clock; time is an argument."""
