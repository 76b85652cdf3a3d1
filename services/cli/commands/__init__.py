"""The commands of `foldspace` by what they are for; services/cli/main.py lists them all.

They import what they need when they run: `foldspace account` must not wait for a web framework.
"""
