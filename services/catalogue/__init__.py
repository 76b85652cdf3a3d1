"""Sites, spaces, devices, people and supply windows, in the relational database.

Fed by community files and staff. Feeds the gateway, the scheduler and the API.
"""
