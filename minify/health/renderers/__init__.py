"""Programs and probes that ask what a plan says, one module each."""
