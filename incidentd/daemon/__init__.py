"""The shell: sweeps, reconciles, delivers. It acts on what the pure rooms decide, and decides nothing itself."""
