"""Judgement: the rules do what they say, shown by tables, stories and laws."""
