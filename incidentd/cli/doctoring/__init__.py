"""What `doctor` looks at on this machine, a module a subject. Looks only: nothing is made, mended or sent."""
