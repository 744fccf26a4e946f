"""For every test: how many examples a property is tried on unless it says so itself."""

from hypothesis import settings

settings.register_profile("usual", max_examples=40, deadline=None)
settings.load_profile("usual")
