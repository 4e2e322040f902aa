"""
What Meta's platforms have in common for linkroll: the Graph API's errors, quotas, lists, days and callbacks.

A library, no plugin: it brings no platform and knows only the sdk. `linkroll-facebook` and `linkroll-instagram`
import it; what differs between them (scopes, hosts, operations, metrics) stays theirs and comes in as arguments.
Facts are marked where they are used: "meta sheet 5, confirmed" is section 5 of linkroll's fact sheet on Meta,
found in a stored source; "recalled" has no such source; "inference" is ours.
"""
