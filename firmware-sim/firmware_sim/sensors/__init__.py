"""What each kind of device makes of the world: physics with all its blind spots.

Fed by the world's rooms. Feeds the firmware with samples.
"""
