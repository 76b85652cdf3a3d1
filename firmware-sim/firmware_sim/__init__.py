"""Devices that do not exist: a world that knows the truth, and firmware that sees it through its sensors.

Fed by scenario files. Feeds any broker, as real devices would; knows the contract and the kit, nothing else.
"""
