"""A small world of our own: trackers with faults on demand, for the demo, the tests and the simulation.

The sandbox stands in for vendors: it follows their documents and knows nothing of the product's model, policy or plans.
Time, waiting and chance come in from outside; the same calls give the same answers.
"""
