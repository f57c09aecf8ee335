"""The nouns say what they are."""
