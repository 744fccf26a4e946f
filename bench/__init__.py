"""Measures the budgets of the design as ratios within one run, never against another machine's numbers."""
