"""
What linkroll does: the rules, in a folder for each matter, one module a noun.

`callers` who asks, and may · `roster` profiles and accounts · `connect` consent · `links` the life of a link ·
`platforms` asking them · `callbacks` what they tell by themselves · `polling` reading numbers · `metrics`
answering with them · `campaigns` · `operator`. `refusals` declares every expected "no".
"""
