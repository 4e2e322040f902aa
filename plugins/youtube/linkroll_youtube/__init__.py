"""
YouTube for linkroll: channel addresses, and read-only consent through Google.

`platform` joins the parts; `oauth` walks the consent with the `scopes`, `accounts` finds the channel
a grant reaches, `errors` reads Google's refusals, `urls` reads addresses and handles. "Sheet 7" in a
comment is section 7 of linkroll's YouTube fact sheet; the mark after it says how well it is known.
"""
