"""What stands in config/ under test: the chart by a real helm, what it renders, and what watches the daemon."""
