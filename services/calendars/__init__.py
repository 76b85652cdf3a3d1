"""Bookings as iCalendar (RFC 5545), out and in. Pure.

Fed by services/bookings and by calendars of others. Feeds feeds that people subscribe to, through services/api.
"""
