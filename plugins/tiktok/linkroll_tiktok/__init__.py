"""
TikTok for linkroll, over Login Kit and the Display API v2.

`platform` brings the platform, `oauth` walks the consent, `accounts` reads who consented, `urls`
knows the addresses, `errors` reads the refusals. Facts about TikTok carry their source as "tiktok
sheet N" (linkroll's fact sheet, section N) and how sure they are: confirmed, recalled or inference.
"""
