"""Bookings that repeat: one plan, many occurrences, each a booking of its own.

Fed by the API (people) and the community's standing activities. Feeds the bookings, through the same store. `plan` is
pure: what a series means and what a change of it does to its occurrences; `operations` does it; `standing` keeps what
the community file says; `queries` reads.
"""
