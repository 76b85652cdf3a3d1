"""The journal of everything received, and the books kept over it.

Fed by the gateway alone. Feeds the gateway's drain by cursor, and everybody's view of the accounting.
"""
