"""The sandbox itself under test: it has to be as strict, as late and as forgetful as the vendors."""
