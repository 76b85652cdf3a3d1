"""The bulk planner: a season's, a week's or a day's requests placed at once, optimal or with a proven gap.

Fed by planner instances (the contract's JSON). Feeds `foldspace plan`, repairs and proposals of whoever calls it.
"""
