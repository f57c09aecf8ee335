"""What we remember, in one database. Each call is one transaction; a write under a lost lease is refused.

Open it with `opening.open_store`. The database holds no secret and no key material: it is given none.
"""
