"""Help: offers, asks and the promises that come of them.

Who is asked is chosen by `routing` (pure), from those who can answer now; nobody above their limit, near-equals take
turns.
"""
