"""What door and preview screens show, and its picture for e-paper. Pure.

Fed by services/bookings. Feeds the screens' pages through services/api.
"""
