"""Room truth: folds readings into what is believed of a space, purely.

Fed by admitted readings with their instants. Feeds the published room states; its memory is JSON and goes
into the journal's snapshots.
"""
