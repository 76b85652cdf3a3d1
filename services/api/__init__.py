"""REST, the live stream and the pages.

Fed by the database, the journal's books, the time series and retained room states. Feeds people and programs.
"""
