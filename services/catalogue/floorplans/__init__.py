"""Floor plans: pictures of a site with its spaces on them.

Fed by staff, whose drawings are not trusted. Feeds the board. `svg` makes a drawing harmless, `store` keeps it.
"""
