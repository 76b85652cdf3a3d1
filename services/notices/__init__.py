"""Word of decisions to the outside: signed webhooks and mail, kept until delivered or given up.

Fed by services/bookings. Feeds programs and people who asked to be told.
"""
