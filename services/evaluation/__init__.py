"""The gateway's fold and the scheduler's policy over a recording, in virtual time, without any server.

Fed by recordings, truth and bookings files. Feeds the figures we publish.
"""
