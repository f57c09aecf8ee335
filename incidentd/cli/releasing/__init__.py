"""What `release check` is made of: which releases are known, whether they say what a build does, how that is told."""
