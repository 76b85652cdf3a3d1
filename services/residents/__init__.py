"""People who ask for space themselves: a name and a phone number or a passkey, and nothing beyond what that needs.

Fed by the residents' page through services/api. Feeds bookings with a handle that says nothing about the person.
"""
