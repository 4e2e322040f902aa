"""
TikTok for linkroll, over Login Kit and the Display API v2.

`platform` brings the platform, `oauth` walks the consent for what `scopes` lists, `accounts` reads who
consented, `callbacks` what TikTok tells on its own, `errors` the refusals; `urls` knows the addresses.
`metrics` is the catalogue of numbers, `fetching` fetches them through `display_api`, `posts` reads videos.
Facts about TikTok carry their source as "tiktok sheet N" (linkroll's fact sheet, section N) and how sure
they are: confirmed, recalled or inference.
"""
