"""Bookings as iCalendar (RFC 5545), out and in.

Fed by services/bookings and by calendars of others. Feeds feeds that people subscribe to, through services/api.
`feed` writes a calendar, `reading` reads one, `expanding` finds its occurrences, `importing` says what each would do
here: all pure. `store` keeps the secret links of feeds, `queries` reads what they show, `importer` does an import.
"""
