"""What was measured and believed: one port, SQLite and InfluxDB behind it.

Fed by the gateway's drain. Feeds history, usage and evaluation.
"""
