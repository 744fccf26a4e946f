"""For every test: how many examples a property is tried on unless it says so itself."""

from hypothesis import settings

from lcm_core.testing.examples import examples

settings.register_profile("usual", max_examples=examples(60), deadline=None)
settings.load_profile("usual")
