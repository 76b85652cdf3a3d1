"""How many people use which zone, when and how often: figures over a period. Pure.

Fed by services/timeseries and services/bookings. Feeds the usage page and its reports.
"""
