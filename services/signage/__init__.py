"""What door and preview screens show, what staff say on them, and the picture of it for e-paper.

Fed by services/bookings and staff. Feeds the scheduler, which tells every screen what staff say, and the screens' pages
through services/api. `telling` finds out what to show, `doorplan` and `siteplan` lay it out, `picture` paints it (all
pure); `store` keeps the messages of staff.
"""
