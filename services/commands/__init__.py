"""Downlink: commands with acknowledgement, time-out, retry and expiry, kept in the database.

Fed by the scheduler and staff. Feeds devices, and whoever asks what became of a command. `machine` is the pure part,
`tables` the schema, `outbox` the shell around both.
"""
