"""The four services of WIJ, each with its own PostgreSQL schema; they know each other by events only.

- `intake`: a question comes in, becomes clear and safe, and finds its household and team.
- `plan`: the household's one case, with one director and one plan.
- `matching`: who in the neighbourhood can help, and whether both sides want it.
- `notify`: who must hear what, when; and every deadline.
"""
