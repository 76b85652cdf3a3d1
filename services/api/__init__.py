"""REST, the live stream and the pages.

Fed by the database, the journal's books, the time series and retained room states. Feeds people and programs.
`routes` is the table of everything that can be asked and by whom; `app` puts it together; `server` runs it.
"""
