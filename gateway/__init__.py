"""From the wire to the truth about a space.

Fed by the broker (readings, births, last wills) and the catalogue (which device watches which space).
Feeds the journal, the time series and the retained room states.
"""
