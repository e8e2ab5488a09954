"""Figures for a paper: vector, colour-blind safe, each a function of a tidy table that gives a matplotlib ``Figure``.

What is tested is a person, so people are drawn large and reps faint behind them. Data that no person made says so
inside the picture. matplotlib comes with ``pip install 'kickback[research]'`` and is imported with these modules only.
"""
