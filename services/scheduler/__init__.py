"""The space sharing scheduler: gives idle space to the next who needs it.

Fed by retained room states, button presses and the bookings. Feeds decisions, commands and screens. `view` is what
it looks at; `policy`, `rules` and `offering` decide (pure); `core` does it over any store; `runner` lives with a
broker, `virtual` without.
"""
