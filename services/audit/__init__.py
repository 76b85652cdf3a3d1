"""Who changed what, and who looked at what of other people's. Kept apart from logs, and never with a secret in it.

Fed by services/api. Feeds the people page and whoever has to answer for the house.
"""
