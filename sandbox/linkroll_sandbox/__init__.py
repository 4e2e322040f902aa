"""
Stand-ins for the platforms that linkroll talks to, on one loopback port.

The sandbox plays Facebook, Instagram, TikTok and Google by the fact sheets and shares no code
with linkroll or its plugins, so the two can disagree. It is for development and tests only.
"""
