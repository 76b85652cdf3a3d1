"""Promises of space: requests, bookings, offers and the decisions about them, as one state machine.

Fed by the API (people), the scheduler (policy) and community scenarios. Feeds both, and nobody else writes
these records. `records` is the vocabulary; `machine` and `promises` the pure transitions; `ports` the duties of a
store, kept by `store` (database) and `memory`; `leases` who may decide, kept by `leasestore`; `operations` what people
do, `permits` what they may and `undoing` what can be taken back; `sentences` how it is told. `proposals` wait for
somebody to agree, `repair` finds them when a room is lost. `neighbours` and `distance` keep changeover and quota, by
the rules of `house`; `series/` are bookings that repeat, `seasons` wishes that do.
"""
