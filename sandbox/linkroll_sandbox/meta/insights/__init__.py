"""Insights of the Graph API (section 4): who may ask, what is asked, what is told, and in which shape."""
