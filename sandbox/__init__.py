"""The three APIs (ROIT, Tereina, Solvimon), simulated from their contracts, for the demo and the tests.

Written from the contracts and from nothing else of this project, so that a mistake in a model of `sources` is
not repeated here. `python -m sandbox serve` runs it; `sandbox.core.server.running` is the same for tests.
All parties, documents and amounts are made up from a seed.
"""
