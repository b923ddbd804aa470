"""Settings of the property tests."""

from hypothesis import settings

# examples are timed by the clock on the wall, which a busy machine makes meaningless
settings.register_profile("formats", deadline=None)
settings.load_profile("formats")
