"""Decision, shown by tables, stories and laws."""
