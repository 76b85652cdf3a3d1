"""What every part needs and no domain knows: clock, MQTT session, database, settings, logging, lifetimes.

Fed by contracts. Feeds every room above.
"""
