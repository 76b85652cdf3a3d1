"""Benches: each measures against a limit or a peer in the same run and prints a ratio. Run with `make bench`."""
