"""
YouTube for linkroll: channel addresses, read-only consent through Google, and a channel's numbers.

`platform` joins the parts; `oauth` walks the consent with the `scopes`, `accounts` finds the channel a
grant reaches, `callbacks` reads Google's security events once `security_tokens` has checked them.
`metrics` is the catalogue of numbers, `fetching` reads them and `reports` those of the Analytics API.
`calls` and `errors` read what Google answers, `waiting` how long it wants to be left alone, `urls`
addresses and handles. "Sheet 7" in a comment is section 7 of linkroll's YouTube fact sheet; the mark
after it says how well it is known.
"""
