"""The `foldspace` command: reads settings, wires the parts, turns errors into one line and an exit code.

Fed by people. Feeds every part its settings, clock and lifetimes.
"""
