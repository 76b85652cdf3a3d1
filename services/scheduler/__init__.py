"""The space sharing scheduler: gives idle space to the next who needs it.

Fed by retained room states, button presses and the bookings. Feeds decisions, commands and screens.
"""
