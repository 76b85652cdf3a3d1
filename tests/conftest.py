"""Settings of all tests."""

from hypothesis import settings

# A busy machine is slow, not wrong: no test is held to a time.
settings.register_profile("foldspace", deadline=None)
settings.load_profile("foldspace")
